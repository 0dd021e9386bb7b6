"""Work on the database itself, for what no API key can do: tenants and their first keys."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from app.cli.connection import stack_database
from app.container import Container
from app.errors import FieldError, InvalidInput, NotFound
from app.infra.settings import load_settings
from app.repositories.records import ApiKey
from app.services.keys import KeyService


@contextmanager
def container() -> Iterator[Container]:
    """Services over the configured database, or over the stack running in the data folder.

    Raises ConfigError when there is neither.
    """
    settings = load_settings()
    database = settings.database
    if not database.url and not (database.app_url and database.system_url):
        settings = load_settings({**os.environ, **stack_database(settings.data_dir)})
    services = Container(settings)
    try:
        yield services
    finally:
        services.close()


class StoredKeys:
    """The face of app.client.keys.Keys over the database, for one tenant."""

    def __init__(self, keys: KeyService, tenant_id: UUID) -> None:
        self._keys = keys
        self._tenant = tenant_id

    def create(
        self, name: str, scopes: Sequence[str], *, expires_at: str | None = None
    ) -> dict[str, Any]:
        try:
            when = datetime.fromisoformat(expires_at) if expires_at else None
        except ValueError:
            fault = FieldError("/expires_at", "must be an RFC 3339 time")
            raise InvalidInput("the key cannot be made", [fault]) from None
        if when is not None and when.tzinfo is None:
            when = when.astimezone()
        return _shown(*self._keys.create(self._tenant, name, list(scopes), when))

    def list(self) -> Sequence[dict[str, Any]]:
        return [_shown(key) for key in self._keys.list(self._tenant)]

    def revoke(self, key_id: str) -> dict[str, Any]:
        return _shown(self._keys.revoke(self._tenant, key_id))

    def rotate(self, key_id: str, *, overlap_seconds: float = 0) -> dict[str, Any]:
        return _shown(*self._keys.rotate(self._tenant, key_id, overlap_seconds))


def stored_keys(services: Container, tenant: str) -> StoredKeys:
    """Raises NotFound when no tenant has that name."""
    found = services.tenants.get_by_name(tenant)
    if found is None:
        raise NotFound(f"no tenant is named {tenant!r}")
    return StoredKeys(services.keys, found.id)


def _shown(key: ApiKey, token: str | None = None) -> dict[str, Any]:
    times = ("created_at", "expires_at", "revoked_at", "last_used_at")
    body: dict[str, Any] = {"id": key.id, "name": key.name, "scopes": key.scopes}
    for name in times:
        value: datetime | None = getattr(key, name)
        body[name] = value.isoformat() if value else None
    return body | ({"token": token} if token else {})
