"""What a process holds: pools, threads, clients and guards."""

from functools import cached_property

from app.errors import ConfigError
from app.infra.egress import Egress
from app.infra.egress_addresses import read_networks
from app.infra.notify import Notifier
from app.infra.postgres import APP_ROLE, SYSTEM_ROLE, Database, as_role
from app.infra.sealing import Sealer
from app.infra.settings import Settings
from app.services.job_watch import JobWatch
from providers.base import LLMProvider
from providers.calls import Caller


class Held:
    """What this process holds; everything is made at its first use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._providers: dict[tuple[str, str], LLMProvider] = {}

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

    @cached_property
    def watch(self) -> JobWatch:
        return JobWatch(as_role(self._url(APP_ROLE), APP_ROLE))

    @cached_property
    def caller(self) -> Caller:
        return Caller()

    @cached_property
    def egress(self) -> Egress:
        """The guard for every URL that a tenant can name."""
        given = self.settings.webhooks
        return Egress(allow=read_networks(given.allow_cidrs), allow_http=given.allow_http)

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer(self.settings.security.secret_key)

    def close(self) -> None:
        """Close what was opened."""
        for name in ("watch", "leases", "app_db", "system_db"):
            if name in self.__dict__:
                self.__dict__[name].close()
