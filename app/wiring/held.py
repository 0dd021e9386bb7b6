"""What every process holds: its pools of connections, and what sends hints."""

from functools import cached_property

from app.errors import ConfigError
from app.infra.notify import Notifier
from app.infra.postgres import APP_ROLE, SYSTEM_ROLE, Database
from app.infra.settings import Settings


class Held:
    """What this process holds; everything is made at its first use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def _url(self, role: str) -> str:
        database = self.settings.database
        url = database.app_url if role == APP_ROLE else database.system_url
        url = url or database.url
        if not url:
            raise ConfigError(
                "PENSTOCK_DATABASE_URL must be set (`penstock up` sets it for the embedded one)"
            )
        return url

    @cached_property
    def app_db(self) -> Database:
        return Database(self._url(APP_ROLE), APP_ROLE, size=self.settings.database.pool_size)

    @cached_property
    def system_db(self) -> Database:
        return Database(self._url(SYSTEM_ROLE), SYSTEM_ROLE, size=2)

    @cached_property
    def notifier(self) -> Notifier:
        return Notifier(self.app_db)

    def close(self) -> None:
        """Close what was opened."""
        for name in ("watch", "leases", "app_db", "system_db"):
            if name in self.__dict__:
                self.__dict__[name].close()
