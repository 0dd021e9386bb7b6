"""One idempotency key, one job."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import GOOD, job

THREADS = 20


def submit(client: FlaskClient, owner: Owner, key: str, body: Any = GOOD, **more: str) -> Any:
    return client.post("/v1/jobs", json=body, headers=owner.auth | {"Idempotency-Key": key} | more)


def jobs_of(superuser: psycopg.Connection[Any], owner: Owner) -> int:
    row = superuser.execute(
        "SELECT count(*) FROM jobs WHERE tenant_id = %s", (owner.tenant.id,)
    ).fetchone()
    assert row is not None
    superuser.rollback()
    return int(row[0])


def test_the_same_request_replays(
    client: FlaskClient, alice: Owner, superuser: psycopg.Connection[Any]
) -> None:
    key = uuid4().hex
    first = submit(client, alice, key)
    before = jobs_of(superuser, alice)
    second = submit(client, alice, key)
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.data == first.data
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Location"] == first.headers["Location"]
    assert jobs_of(superuser, alice) == before


def test_the_answer_replays_as_first_given(client: FlaskClient, alice: Owner) -> None:
    key = uuid4().hex
    first = submit(client, alice, key)
    client.post(f"{first.headers['Location']}/cancel", headers=alice.auth)
    assert submit(client, alice, key).data == first.data


def test_a_replay_that_waited_says_so(client: FlaskClient, alice: Owner) -> None:
    key = uuid4().hex
    first = submit(client, alice, key)
    client.post(f"{first.headers['Location']}/cancel", headers=alice.auth)
    second = submit(client, alice, key, Prefer="wait=1")
    assert second.status_code == 200
    assert second.json["status"] == "canceled"
    assert second.headers["Preference-Applied"] == "wait=1"
    assert second.headers["Idempotent-Replayed"] == "true"


def test_another_payload_is_refused(client: FlaskClient, alice: Owner) -> None:
    key = uuid4().hex
    submit(client, alice, key)
    for response in (
        submit(client, alice, key, job(priority="high")),
        submit(client, alice, key, GOOD, **{"Cancel-After": "60"}),
    ):
        assert response.status_code == 422
        assert response.json["code"] == "idempotency_mismatch"
        assert response.json["errors"][0]["pointer"] == "/headers/Idempotency-Key"


def test_a_refused_request_does_not_use_up_its_key(client: FlaskClient, alice: Owner) -> None:
    key = uuid4().hex
    assert submit(client, alice, key, job(pipeline="nothing")).status_code == 422
    assert submit(client, alice, key).status_code == 202


def test_keys_belong_to_their_tenant(client: FlaskClient, alice: Owner, bob: Owner) -> None:
    key = uuid4().hex
    first, second = submit(client, alice, key), submit(client, bob, key, job(priority="low"))
    assert (first.status_code, second.status_code) == (202, 202)
    assert "Idempotent-Replayed" not in second.headers
    assert first.json["id"] != second.json["id"]


def test_many_at_once_make_one_job(
    app: Flask, bob: Owner, superuser: psycopg.Connection[Any]
) -> None:
    key, gate = uuid4().hex, Barrier(THREADS)
    before = jobs_of(superuser, bob)

    def one(_: int) -> TestResponse:
        client = app.test_client()
        gate.wait(30)
        return submit(client, bob, key)

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(one, range(THREADS)))
    assert jobs_of(superuser, bob) == before + 1
    assert {a.status_code for a in answers} <= {202, 409}
    accepted = [a for a in answers if a.status_code == 202]
    assert len({a.data for a in accepted}) == 1
    assert sum("Idempotent-Replayed" not in a.headers for a in accepted) == 1
    for refused in (a for a in answers if a.status_code == 409):
        assert json.loads(refused.data)["code"] == "idempotency_in_progress"
    assert submit(app.test_client(), bob, key).headers["Idempotent-Replayed"] == "true"
