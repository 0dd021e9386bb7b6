"""The application over a real Postgres, without workers: a job stays queued until canceled."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.container import Container
from app.factory import create_app
from app.infra.settings import load_settings
from app.repositories.records import Tenant
from app.stack.postgres import EmbeddedPostgres
from migrations.runner import migrate


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A tenant with a key that may do everything."""

    tenant: Tenant
    key_id: str
    token: str

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The superuser's URL of a migrated database."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("api") / "postgres")
    try:
        url = server.start()
        migrate(url)
        yield url
    finally:
        server.destroy()


@pytest.fixture(scope="session")
def container(database_url: str) -> Iterator[Container]:
    settings = load_settings(
        {
            "PENSTOCK_DATABASE_URL": database_url,
            "PENSTOCK_SIMULATOR_URL": "http://127.0.0.1:9",
            "PENSTOCK_SECURITY_SECRET_KEY": "a key for the tests only",
            "PENSTOCK_WEBHOOK_ALLOW_CIDRS": "127.0.0.0/24",
        }
    )
    made = Container(settings)
    yield made
    made.close()


@pytest.fixture(scope="session")
def app(container: Container) -> Flask:
    return create_app(container=container)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def make_owner(container: Container, name: str) -> Owner:
    tenant = container.tenants.create(name)
    key, token = container.keys.create(tenant.id, "admin", ["admin"])
    return Owner(tenant=tenant, key_id=key.id, token=token)


@pytest.fixture(scope="session")
def alice(container: Container) -> Owner:
    return make_owner(container, "alice")


@pytest.fixture(scope="session")
def bob(container: Container) -> Owner:
    return make_owner(container, "bob")


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that no row-level security binds; nothing of it is committed."""
    with psycopg.connect(database_url) as connection:
        yield connection
        connection.rollback()
