"""No tenant reads or writes another's rows as the database role itself."""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.integration.api.conftest import Owner
from tests.integration.api.tenancy.conftest import Theirs
from tests.integration.api.tenancy.tables import INSERTS, TABLES

Connection = psycopg.Connection[Any]


@pytest.mark.parametrize("table", [*TABLES, "tenants"])
def test_without_a_tenant_no_row_shows(superuser: Connection, theirs: Theirs, table: str) -> None:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    superuser.execute("SET LOCAL ROLE penstock_app")
    assert superuser.execute(query).fetchone() == (0,)


@pytest.mark.parametrize("table", [*TABLES, "tenants"])
def test_with_a_tenant_only_its_rows_show(
    superuser: Connection, theirs: Theirs, bob: Owner, table: str
) -> None:
    column = "id" if table == "tenants" else "tenant_id"
    query = sql.SQL("SELECT count(*) FROM {} WHERE {} <> %s").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    if table not in ("usage",):  # without a worker no call is made
        all_rows = superuser.execute(query, (bob.tenant.id,)).fetchone()
        assert all_rows is not None
        assert all_rows[0] > 0
    superuser.execute("SET LOCAL ROLE penstock_app")
    superuser.execute("SELECT enter_tenant(%s)", (bob.tenant.id,))
    assert superuser.execute(query, (bob.tenant.id,)).fetchone() == (0,)


@pytest.mark.parametrize("entered", [True, False], ids=["as another tenant", "as no tenant"])
@pytest.mark.parametrize("table", TABLES)
def test_no_row_for_another_tenant_can_be_written(
    superuser: Connection, alice: Owner, bob: Owner, theirs: Theirs, table: str, entered: bool
) -> None:
    superuser.execute("SET LOCAL ROLE penstock_app")
    if entered:
        superuser.execute("SELECT enter_tenant(%s)", (bob.tenant.id,))
    params = {
        "tenant": alice.tenant.id,
        "job": theirs.job_id,
        "delivery": theirs.delivery_id,
        "schedule": theirs.schedule_id,
    }
    # A tenant does not write its own limits either.
    why = "permission denied" if table == "tenant_limits" else "row-level security"
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=why):
        superuser.execute(f"INSERT INTO {table} {INSERTS[table]}", params)


def test_no_row_can_point_at_another_tenants_job(
    superuser: Connection, bob: Owner, theirs: Theirs
) -> None:
    superuser.execute("SET LOCAL ROLE penstock_app")
    superuser.execute("SELECT enter_tenant(%s)", (bob.tenant.id,))
    params = {"tenant": bob.tenant.id, "job": theirs.job_id}
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        superuser.execute(f"INSERT INTO events {INSERTS['events']}", params)


def test_a_connection_enters_one_tenant_only(
    superuser: Connection, alice: Owner, bob: Owner
) -> None:
    superuser.execute("SET LOCAL ROLE penstock_app")
    superuser.execute("SELECT enter_tenant(%s)", (alice.tenant.id,))
    with pytest.raises(psycopg.errors.RaiseException, match="already set"):
        superuser.execute("SELECT enter_tenant(%s)", (bob.tenant.id,))
