"""Brings a database to the newest schema: roles first, then Alembic's revisions."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

ADVISORY_KEY = 0x70656E73  # one migration at a time: "pens"
ROLES = {"penstock_app": "NOBYPASSRLS", "penstock_system": "BYPASSRLS"}


def migrate(
    owner_url: str, app_password: str | None = None, system_password: str | None = None
) -> list[str]:
    """Create the roles and apply every pending revision; return the revisions applied.

    With a password a role may log in; without one it is reached by `SET ROLE` from the owner.
    Raises psycopg.Error when the owner may not do so.
    """
    passwords = {"penstock_app": app_password, "penstock_system": system_password}
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (ADVISORY_KEY,))
        for role, bypass in ROLES.items():
            _ensure_role(connection, role, bypass, passwords[role])
        connection.execute("GRANT USAGE, CREATE ON SCHEMA public TO penstock_system")
        before = set(pending(owner_url))
        if before:
            with _alembic(owner_url) as config:
                command.upgrade(config, "head")
    return sorted(before)


def pending(owner_url: str) -> list[str]:
    """Revisions that the database does not have yet, oldest first."""
    with _alembic(owner_url) as config:
        script = ScriptDirectory.from_config(config)
        bind: Connection = config.attributes["connection"]
        current = MigrationContext.configure(bind).get_current_revision()
        revisions = [r.revision for r in script.walk_revisions("base", "heads")][::-1]
        return revisions[revisions.index(current) + 1 :] if current else revisions


def _ensure_role(
    connection: psycopg.Connection[Any], role: str, bypass: str, password: str | None
) -> None:
    name = sql.Identifier(role)
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    if not known:
        connection.execute(sql.SQL("CREATE ROLE {} NOSUPERUSER {}").format(name, sql.SQL(bypass)))
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
    if password is not None:
        connection.execute(
            sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(password))
        )


@contextmanager
def _alembic(owner_url: str) -> Iterator[Config]:
    url = owner_url.replace("postgresql://", "postgresql+psycopg://", 1)
    url = url.replace("postgres://", "postgresql+psycopg://", 1)
    engine = create_engine(url, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        yield config
        connection.commit()
