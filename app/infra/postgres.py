"""Postgres pools. A tenant's statements run in one pipelined transaction that names the tenant."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

Row = dict[str, Any]
Connection = psycopg.Connection[Row]
Statement = tuple[str, Mapping[str, Any]]
ENTER = "SELECT enter_tenant(%s)"
ENTER_RELAXED = f"{ENTER}, set_config('synchronous_commit', 'off', true)"
APP_ROLE, SYSTEM_ROLE = "penstock_app", "penstock_system"


def as_role(url: str, role: str) -> str:
    """The URL, entering `role` at connect when it logs in as somebody else (the owner)."""
    parts = conninfo_to_dict(url)
    if parts.get("user") == role:
        return url
    options = f"{parts.get('options') or ''} -c role={role}".strip()
    return make_conninfo(url, options=options)


class Database:
    """A lazily opened pool of connections in one role.

    Raises psycopg.OperationalError (psycopg_pool.PoolTimeout among them) when Postgres is away.
    """

    def __init__(self, url: str, role: str, *, size: int = 8, timeout: float = 30.0) -> None:
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            as_role(url, role),
            min_size=0,
            max_size=size,
            timeout=timeout,
            open=False,
            max_idle=300.0,
            reconnect_timeout=5.0,
            connection_class=psycopg.Connection[Row],
            configure=_prefer_indexes,
            kwargs={"row_factory": dict_row, "autocommit": True, "application_name": "penstock"},
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in autocommit mode. No tenant is set: row-level security shows nothing."""
        self._pool.open()
        try:
            with self._pool.connection() as connection:
                yield connection
        except psycopg.OperationalError:
            self._pool.check()  # what broke one connection broke the idle ones: one call learns it
            raise

    @contextmanager
    def tenant(self, tenant_id: UUID) -> Iterator[Connection]:
        """A transaction inside which `tenant_id`'s rows, and no others, can be seen."""
        with self.connection() as connection, connection.pipeline(), connection.transaction():
            connection.execute(ENTER, (tenant_id,))
            yield connection

    def run(
        self, tenant_id: UUID, statements: Sequence[Statement], *, relaxed: bool = False
    ) -> list[list[Row]]:
        """Run statements in one transaction and one round trip; the rows of each, in order.

        `relaxed` does not wait for the disk at commit: for writes whose loss in a crash of
        Postgres costs a repetition and nothing else.
        """
        enter = ENTER_RELAXED if relaxed else ENTER
        with self.connection() as connection:
            # What a pipeline sends up to its end is one implicit transaction (PostgreSQL,
            # "Pipeline mode"): all of it happens or nothing, and the tenant goes with it.
            with connection.pipeline():
                connection.execute(enter, (tenant_id,))
                cursors = [connection.execute(text, params) for text, params in statements]
            return [_rows(cursor) for cursor in cursors]

    def one(
        self, tenant_id: UUID, text: str, params: Mapping[str, Any], *, relaxed: bool = False
    ) -> Row | None:
        """Run one statement for a tenant; its first row."""
        rows = self.run(tenant_id, [(text, params)], relaxed=relaxed)[0]
        return rows[0] if rows else None

    def all(self, tenant_id: UUID, text: str, params: Mapping[str, Any]) -> list[Row]:
        """Run one statement for a tenant; its rows."""
        return self.run(tenant_id, [(text, params)])[0]

    def alone(self, text: str, params: Mapping[str, Any]) -> None:
        """Run one statement that enters its tenant by itself."""
        self.system(text, params)

    def system(self, text: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Run one statement across tenants (only the system role sees rows)."""
        with self.connection() as connection:
            return _rows(connection.execute(text, params))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


def _prefer_indexes(connection: Connection) -> None:
    """Plan for random reads that cost little (a solid-state disk, or memory).

    With the default of 4, what is planned while a table is small reads the whole of it, and keeps
    to that while it grows, until Postgres next analyzes it: thousands of rows a job were measured.
    """
    connection.execute("SET random_page_cost = 1.1")


def _rows(cursor: psycopg.Cursor[Row]) -> list[Row]:
    """What it gave, if it gave rows. (`description` builds an object for each column.)"""
    return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []
