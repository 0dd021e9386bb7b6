"""The webhook resources over HTTP: what they show, and every way to be wrong about them."""

from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.integration.api.bad_webhooks import (
    DELIVERIES,
    HOOK,
    NOBODY,
    PATH,
    ROWS,
    SENT,
    hook,
)
from tests.integration.api.conftest import Owner, make_owner
from tests.integration.api.payloads import job
from tests.integration.api.refusals import Row, assert_problem, send


@pytest.fixture(scope="module")
def _signing(container: Container, alice: Owner) -> None:
    container.app_db.run(alice.tenant.id, [(ROTATE, {"tenant": alice.tenant.id})])


ROTATE = """INSERT INTO webhook_secrets (tenant_id, secret) VALUES (%(tenant)s, '')
ON CONFLICT (tenant_id) DO NOTHING"""


@pytest.mark.usefixtures("_signing")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_bad_input(
    client: FlaskClient, alice: Owner, superuser: psycopg.Connection[Any], row: Row
) -> None:
    count = "SELECT (SELECT count(*) FROM webhook_endpoints) + (SELECT count(*) FROM jobs)"
    before = superuser.execute(count).fetchone()
    superuser.rollback()
    response = send(client, row, alice.auth)
    faults = assert_problem(response, row.status, row.code).get("errors", [])
    if row.pointer is not None:
        assert row.pointer in [fault["pointer"] for fault in faults], faults
        assert any(row.says in fault["detail"] for fault in faults), faults
    assert superuser.execute(count).fetchone() == before


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("webhooks:read", "POST", PATH),
        ("webhooks:read", "DELETE", NOBODY),
        ("webhooks:read", "POST", f"{SENT}/replay"),
        ("webhooks:read", "POST", "/v1/webhook-secret/rotate"),
        ("jobs:write", "GET", PATH),
        ("webhooks:write", "GET", DELIVERIES),
    ],
)
def test_scope_is_missing(
    client: FlaskClient, container: Container, alice: Owner, scope: str, method: str, path: str
) -> None:
    _, token = container.keys.create(alice.tenant.id, "narrow", [scope])
    headers = {"Authorization": f"Bearer {token}"}
    body = {"url": HOOK} if method == "POST" else None
    response = client.open(path, method=method, json=body, headers=headers)
    assert_problem(response, 403, "missing_scope")


def test_an_endpoints_life(client: FlaskClient, bob: Owner) -> None:
    made = client.post(PATH, json=hook(metadata={"team": "ä"}), headers=bob.auth)
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert made.json is not None
    assert made.json["secret"].startswith("whsec_")
    assert "job.progress" not in made.json["event_types"]
    one = f"{PATH}/{made.json['id']}"
    shown = client.get(one, headers=bob.auth).json
    assert shown == {k: v for k, v in made.json.items() if k != "secret"}
    changes = {"enabled": False, "event_types": ["job.progress"]}
    changed = client.patch(one, json=changes, headers=bob.auth).json
    assert changed is not None
    assert (changed["enabled"], changed["event_types"]) == (False, ["job.progress"])
    assert (changed["disabled_at"], changed["metadata"]) == (None, {"team": "ä"})
    refused = client.post(f"{one}/recover?since=2026-01-01T00:00:00Z", headers=bob.auth)
    assert_problem(refused, 409, "endpoint_disabled")
    sent = client.post(f"{one}/test", headers=bob.auth)
    assert (sent.status_code, sent.json["status"]) == (202, "pending")  # type: ignore[index]
    rotated = client.post(f"{one}/rotate", json={"overlap_seconds": 60}, headers=bob.auth).json
    assert rotated is not None
    assert rotated["secret"] != made.json["secret"]
    assert rotated["previous_until"] is not None
    page = client.get(f"{DELIVERIES}?endpoint_id={made.json['id']}", headers=bob.auth).json
    assert page is not None
    assert [d["id"] for d in page["data"]] == [sent.json["id"]]  # type: ignore[index]
    assert page["data"][0]["attempts"] == []
    assert client.delete(one, headers=bob.auth).status_code == 200
    assert client.get(one, headers=bob.auth).status_code == 404
    assert client.get(sent.headers["Location"], headers=bob.auth).status_code == 404


def test_deliveries_page_by_page(client: FlaskClient, bob: Owner) -> None:
    made = client.post(PATH, json=hook(), headers=bob.auth).json
    assert made is not None
    wanted = [client.post(f"{PATH}/{made['id']}/test", headers=bob.auth).json for _ in range(5)]
    found, query = [], f"endpoint_id={made['id']}&limit=2&status=pending&type=endpoint.test"
    after = ""
    while True:
        page = client.get(f"{DELIVERIES}?{query}{after}", headers=bob.auth).json
        assert page is not None
        found += page["data"]
        if not page["has_more"]:
            break
        after = f"&after={page['next_cursor']}"
    assert sorted(d["id"] for d in found) == sorted(d["id"] for d in wanted if d)
    assert [d["id"] for d in found] == sorted((d["id"] for d in found), reverse=True)


def test_no_secret_is_stored_in_the_clear(
    client: FlaskClient, bob: Owner, superuser: psycopg.Connection[Any]
) -> None:
    made = client.post(PATH, json=hook(), headers=bob.auth).json
    signing = client.post("/v1/webhook-secret/rotate", headers=bob.auth).json
    assert made is not None
    assert signing is not None
    for table in ("webhook_endpoints", "webhook_secrets"):
        rows = superuser.execute(f"SELECT secret FROM {table}").fetchall()
        for secret in (made["secret"], signing["secret"]):
            plain = secret.removeprefix("whsec_").encode()
            assert all(plain not in bytes(row[0]) for row in rows)
    listed = client.get(PATH, headers=bob.auth).text
    listed += client.get("/v1/webhook-secret", headers=bob.auth).text
    assert "whsec_" not in listed


def test_a_tenant_has_so_many_and_no_more(client: FlaskClient, container: Container) -> None:
    many = make_owner(container, "many hooks")
    for _ in range(container.settings.webhooks.max_endpoints):
        assert client.post(PATH, json=hook(), headers=many.auth).status_code == 201
    assert_problem(client.post(PATH, json=hook(), headers=many.auth), 409, "full")


def test_a_job_without_a_signing_secret_may_name_no_url(
    client: FlaskClient, container: Container
) -> None:
    new = make_owner(container, "no secret yet")
    refused = client.post("/v1/jobs", json=job(webhook_url=HOOK), headers=new.auth)
    (fault,) = assert_problem(refused, 422, "invalid_input")["errors"]
    assert fault["pointer"] == "/webhook_url"
    assert "/v1/webhook-secret/rotate" in fault["detail"]
    assert client.get("/v1/webhook-secret", headers=new.auth).status_code == 404
    assert client.post("/v1/webhook-secret/rotate", headers=new.auth).status_code == 201
    made = client.post("/v1/jobs", json=job(webhook_url=HOOK), headers=new.auth)
    assert made.status_code == 202
    assert made.json is not None
    assert made.json["webhook_url"] == HOOK
