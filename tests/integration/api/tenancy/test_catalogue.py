"""Postgres' catalogue says that every tenant's table is isolated."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.integration.api.tenancy.tables import TABLES

Connection = psycopg.Connection[Any]


def faults(connection: Connection) -> list[str]:
    """What is wrong with the isolation of the tables that have a tenant_id."""
    return [*_row_security(connection), *_unique_indexes(connection), *_foreign_keys(connection)]


OWNED = """
    SELECT c.oid, c.relname, c.relrowsecurity, c.relforcerowsecurity, a.attnum
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
      AND NOT a.attisdropped
    ORDER BY c.relname
"""


def _row_security(connection: Connection) -> Iterator[str]:
    for oid, table, enabled, forced, _ in connection.execute(OWNED).fetchall():
        if not enabled:
            yield f"{table}: row-level security is off"
        if not forced:
            yield f"{table}: row-level security is not forced"
        policies = connection.execute(
            "SELECT polpermissive, polcmd, pg_get_expr(polqual, polrelid),"
            " pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polrelid = %s",
            (oid,),
        ).fetchall()
        if not policies:
            yield f"{table}: no policy"
        for _, command, using, check in policies:
            command = command.decode() if isinstance(command, bytes) else command
            if command != "*":
                yield f"{table}: a policy is for {command!r} alone"
            for name, text in (("USING", using), ("WITH CHECK", check)):
                if "tenant_id =" not in (text or "") or "app.tenant_id" not in (text or ""):
                    yield f"{table}: {name} does not compare tenant_id with app.tenant_id"


def _unique_indexes(connection: Connection) -> Iterator[str]:
    query = f"""
        SELECT o.relname, i.indexrelid::regclass::text, i.indisprimary, i.indkey[0] = o.attnum,
               i.indnkeyatts = 1 AND k.attname = 'id'
        FROM ({OWNED}) o JOIN pg_index i ON i.indrelid = o.oid AND i.indisunique
        LEFT JOIN pg_attribute k ON k.attrelid = o.oid AND k.attnum = i.indkey[0]
    """
    for table, index, primary, leads, by_id in connection.execute(query).fetchall():
        if not leads and not (primary and by_id):
            yield f"{table}: the unique index {index} does not lead with tenant_id"


def _foreign_keys(connection: Connection) -> Iterator[str]:
    query = f"""
        SELECT o.relname, f.conname, o.attnum = ANY (f.conkey), t.attnum = ANY (f.confkey),
               array_position(f.conkey, o.attnum) = array_position(f.confkey, t.attnum)
        FROM ({OWNED}) o JOIN pg_constraint f ON f.conrelid = o.oid AND f.contype = 'f'
        JOIN ({OWNED}) t ON t.oid = f.confrelid
    """
    for table, name, here, there, same in connection.execute(query).fetchall():
        if not (here and there and same):
            yield f"{table}: the foreign key {name} does not carry tenant_id"


def test_the_catalogue_is_sound(superuser: Connection) -> None:
    assert tuple(row[1] for row in superuser.execute(OWNED).fetchall()) == TABLES
    assert faults(superuser) == []


CHANGES: dict[str, Callable[[str], str]] = {
    "drop the policy": lambda t: f"DROP POLICY tenant ON {t}",
    "do not force": lambda t: f"ALTER TABLE {t} NO FORCE ROW LEVEL SECURITY",
    "disable": lambda t: f"ALTER TABLE {t} DISABLE ROW LEVEL SECURITY",
    "open the policy": lambda t: f"ALTER POLICY tenant ON {t} USING (true)",
    "open the check": lambda t: f"ALTER POLICY tenant ON {t} WITH CHECK (true)",
    "a policy for all": lambda t: f"CREATE POLICY extra ON {t} USING (true)",
    "unique across tenants": lambda t: (
        f"CREATE UNIQUE INDEX extra ON {t} ((1), tenant_id) WHERE false"
    ),
    "a bare foreign key": lambda t: f"ALTER TABLE {t} ADD COLUMN extra text REFERENCES jobs (id)",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", TABLES)
def test_the_catalogue_test_would_notice(superuser: Connection, table: str, change: str) -> None:
    superuser.execute(CHANGES[change](table))
    found = faults(superuser)
    superuser.rollback()
    assert found
    assert all(fault.startswith(f"{table}: ") for fault in found)
    assert faults(superuser) == []


def test_a_new_table_is_noticed(superuser: Connection) -> None:
    superuser.execute("CREATE TABLE extra (id text PRIMARY KEY, tenant_id uuid NOT NULL)")
    assert "extra: no policy" in faults(superuser)
