"""Who may not call: keys that are wrong, expired, revoked, or lack a scope."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import GOOD
from tests.integration.api.refusals import NOBODY, assert_problem, count


def flipped(token: str) -> str:
    return token[:-1] + ("a" if token[-1] != "a" else "b")


def expired(container: Container, owner: Owner) -> str:
    """A key that was good, and whose time is over."""
    soon = datetime.now(UTC) + timedelta(hours=1)
    key, token = container.keys.create(owner.tenant.id, "short", ["admin"], soon)
    with psycopg.connect(container.settings.database.url or "") as connection:
        connection.execute(
            "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = %s", (key.id,)
        )
    return f"Bearer {token}"


def revoked(container: Container, owner: Owner) -> str:
    key, token = container.keys.create(owner.tenant.id, "gone", ["admin"])
    container.keys.authenticate(token)  # so that it is cached
    container.keys.revoke(owner.tenant.id, key.id)
    return f"Bearer {token}"


AUTH: dict[str, Callable[[Container, Owner], str | None]] = {
    "none": lambda c, o: None,
    "empty": lambda c, o: "",
    "scheme alone": lambda c, o: "Bearer",
    "Basic": lambda c, o: "Basic YTpi",
    "token alone": lambda c, o: o.token,
    "malformed": lambda c, o: "Bearer hello",
    "non-ASCII": lambda c, o: "Bearer caf\xe9",
    "long": lambda c, o: "Bearer " + "x" * 10_000,
    "wrong checksum": lambda c, o: f"Bearer {flipped(o.token)}",
    "unknown": lambda c, o: "Bearer pk_live_" + "a" * 60,
    "two tokens": lambda c, o: f"Bearer {o.token} {o.token}",
    "expired": expired,
    "revoked": revoked,
}


@pytest.mark.parametrize("name", AUTH)
def test_who_calls_is_unknown(
    client: FlaskClient,
    container: Container,
    alice: Owner,
    superuser: psycopg.Connection[Any],
    name: str,
) -> None:
    given = AUTH[name](container, alice)
    before = count(superuser)
    headers = {} if given is None else {"Authorization": given}
    response = client.post("/v1/jobs", json=GOOD, headers=headers)
    assert_problem(response, 401, "unauthenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert count(superuser) == before


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("jobs:read", "POST", "/v1/jobs"),
        ("jobs:read", "POST", f"/v1/jobs/{NOBODY}/cancel"),
        ("jobs:write", "GET", "/v1/jobs"),
        ("jobs:write", "GET", f"/v1/jobs/{NOBODY}/events"),
        ("keys:read", "POST", "/v1/keys"),
        ("jobs:write", "GET", "/v1/keys"),
        ("settings:read", "PUT", "/v1/settings"),
        ("settings:write", "GET", "/v1/settings"),
    ],
)
def test_scope_is_missing(
    client: FlaskClient, container: Container, alice: Owner, scope: str, method: str, path: str
) -> None:
    _, token = container.keys.create(alice.tenant.id, "narrow", [scope])
    headers = {"Authorization": f"Bearer {token}"}
    body = GOOD if method == "POST" else None
    response = client.open(path, method=method, json=body, headers=headers)
    assert_problem(response, 403, "missing_scope")


def test_a_key_cannot_grant_more_than_it_has(
    client: FlaskClient, container: Container, alice: Owner
) -> None:
    _, token = container.keys.create(alice.tenant.id, "keys", ["keys:write"])
    headers = {"Authorization": f"Bearer {token}"}
    body = {"name": "more", "scopes": ["admin"]}
    assert client.post("/v1/keys", json=body, headers=headers).status_code == 403
    rotated = client.post(f"/v1/keys/{alice.key_id}/rotate", json={}, headers=headers)
    assert rotated.status_code == 403


def test_rotation_keeps_the_expiry_and_refuses_expired_keys(
    client: FlaskClient, alice: Owner, superuser: psycopg.Connection[Any]
) -> None:
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"name": "short", "expires_at": until}
    made = client.post("/v1/keys", json=body, headers=alice.auth).json
    rotated = client.post(f"/v1/keys/{made['id']}/rotate", json={}, headers=alice.auth)
    assert rotated.status_code == 201
    assert datetime.fromisoformat(rotated.json["expires_at"]) == datetime.fromisoformat(until)
    past = "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = %s"
    superuser.execute(past.encode(), (rotated.json["id"],))
    superuser.commit()
    again = client.post(f"/v1/keys/{rotated.json['id']}/rotate", json={}, headers=alice.auth)
    assert_problem(again, 409, "key_expired")
