"""No tenant reaches another's rows by HTTP."""

from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg import sql

from tests.integration.api.conftest import Owner
from tests.integration.api.tenancy.conftest import Theirs
from tests.integration.api.tenancy.matrix import MATRIX, ROWS, Case

Connection = psycopg.Connection[Any]


def test_every_endpoint_has_a_row(app: Flask) -> None:
    rules = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rules == set(MATRIX)


def snapshot(superuser: Connection, owner: Owner) -> list[Any]:
    """The owner's rows that a request might change."""
    found = []
    tables = ("jobs", "stages", "events", "outbox", "webhook_endpoints", "deliveries")
    for table in tables:
        query = sql.SQL("SELECT * FROM {} WHERE tenant_id = %s ORDER BY id")
        found.append(
            superuser.execute(query.format(sql.Identifier(table)), (owner.tenant.id,)).fetchall()
        )
    own = "SELECT version, document::text FROM tenant_settings WHERE tenant_id = %s"
    found.append(superuser.execute(own, (owner.tenant.id,)).fetchall())
    keys = "SELECT id, revoked_at, expires_at FROM api_keys WHERE tenant_id = %s ORDER BY id"
    found.append(superuser.execute(keys, (owner.tenant.id,)).fetchall())
    superuser.rollback()
    return found


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
@pytest.mark.parametrize(("method", "case"), ROWS, ids=[f"{m} {c.path}" for m, c in ROWS])
def test_another_tenant(
    client: FlaskClient,
    superuser: Connection,
    alice: Owner,
    bob: Owner,
    theirs: Theirs,
    method: str,
    case: Case,
    accept: str,
) -> None:
    before = snapshot(superuser, alice)
    path = case.path.format_map(vars(theirs))
    headers = bob.auth | {"Accept": accept}
    response = client.open(path, method=method, json=case.body, headers=headers)
    if case.kind == "hidden":
        assert response.status_code == 404, response.text
        assert response.json is not None
        assert response.json["code"] == "not_found"
        given = "job_" + "a" * 26 if "/jobs/" in path else "pk_nobody"
        part = next(v for v in vars(theirs).values() if v in path)
        nobody = client.open(
            path.replace(part, given), method=method, json=case.body, headers=headers
        )
        assert nobody.json is not None
        assert nobody.json["detail"] == response.json["detail"]  # theirs looks like nobody's
    else:
        assert response.status_code in (200, 201, 202), response.text
        for secret in (
            theirs.job_id,
            theirs.batch_id,
            theirs.key_id,
            alice.key_id,
            theirs.delivery_id,
            '"theirs"',
        ):
            assert secret not in response.text
    assert snapshot(superuser, alice) == before


def test_another_tenants_cursor_shows_own_rows_only(
    client: FlaskClient, alice: Owner, bob: Owner, theirs: Theirs
) -> None:
    page = client.get("/v1/jobs?limit=1", headers=alice.auth).json
    assert page is not None
    assert page["has_more"]
    shown = client.get(f"/v1/jobs?after={page['next_cursor']}", headers=bob.auth)
    assert shown.status_code == 200
    assert theirs.job_id not in shown.text
