"""Within the tenant's cooldown the same question is one job."""

import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import batch, with_input
from tests.integration.api.refusals import assert_problem
from tests.integration.api.settings.conftest import Connection


def test_a_schedules_fires_are_never_held_back(
    client: FlaskClient, carol: Owner, keep: Any, submit: Any
) -> None:
    keep(cooldown_seconds=600)
    body = {"name": "n", "cron": "0 2 * * *", "job": with_input()}
    made = client.post("/v1/schedules", json=body, headers=carol.auth).json
    assert made is not None
    path = f"/v1/schedules/{made['id']}/trigger"
    ids = {client.post(path, headers=carol.auth).json["job_id"] for _ in range(2)}
    ids |= {submit(with_input()).json["id"]}
    assert len(ids) == 3


def test_without_a_cooldown_each_is_a_job_of_its_own(submit: Any) -> None:
    first, second = submit(with_input()), submit(with_input())
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json["id"] != second.json["id"]


@pytest.mark.usefixtures("strict")
def test_the_same_again_is_the_first_job(submit: Any) -> None:
    first = submit(with_input() | {"metadata": {"n": 1}})
    given = with_input() | {"metadata": {"n": 2}, "priority": "low"}
    turned = {name: given[name] for name in reversed(given)}
    second = submit(turned, Idempotency_Key="a")
    assert (second.status_code, second.headers["Penstock-Deduplicated"]) == (200, "true")
    assert second.json == first.json
    assert second.headers["Location"] == f"/v1/jobs/{first.json['id']}"
    again = submit(turned, Idempotency_Key="a")
    assert (again.status_code, again.json) == (200, first.json)
    assert again.headers["Penstock-Deduplicated"] == "true"
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_problem(submit(given, Idempotency_Key="a"), 422, "idempotency_mismatch")


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    "other",
    [
        with_input(prompt="Extract the name."),
        with_input(model="openai/gpt-5"),
        with_input(redact=True),
        with_input() | {"webhook_url": "https://127.0.0.1/hook"},
        batch([{"document": "a"}]),
    ],
    ids=["prompt", "model", "redact", "webhook", "batch"],
)
def test_another_question_is_another_job(
    client: FlaskClient, carol: Owner, submit: Any, other: dict[str, Any]
) -> None:
    client.post("/v1/webhook-secret/rotate", headers=carol.auth)
    ids = {submit(body).json["id"] for body in (with_input(), other, with_input(), other)}
    assert len(ids) == 2


@pytest.mark.usefixtures("strict")
def test_batches_are_the_same_by_their_items_and_join(submit: Any) -> None:
    items = [{"document": "a"}, {"document": "b"}]
    bodies = [batch(items), batch(items, join="all"), batch(items[::-1]), batch(items)]
    ids = [submit(body).json["id"] for body in bodies]
    assert len(set(ids)) == 3
    assert ids[0] == ids[3]


def test_one_tenants_cooldown_is_not_anothers(
    client: FlaskClient, alice: Owner, strict: None, submit: Any
) -> None:
    mine = submit(with_input()).json["id"]
    theirs = client.post("/v1/jobs", json=with_input(), headers=alice.auth)
    assert theirs.status_code == 202
    assert mine != theirs.json["id"]


@pytest.mark.usefixtures("strict")
def test_a_canceled_job_does_not_count(client: FlaskClient, carol: Owner, submit: Any) -> None:
    first = submit(with_input()).json["id"]
    client.post(f"/v1/jobs/{first}/cancel", headers=carol.auth)
    second = submit(with_input())
    assert second.status_code == 202
    assert submit(with_input()).json["id"] == second.json["id"] != first


@pytest.mark.usefixtures("strict")
def test_nothing_is_left_of_the_question_when_its_job_is_erased(
    client: FlaskClient, carol: Owner, submit: Any, superuser: Connection
) -> None:
    first = submit(with_input()).json["id"]
    query = "SELECT fingerprint FROM jobs WHERE id = %s"
    assert superuser.execute(query, (first,)).fetchone() != (None,)
    superuser.rollback()
    client.post(f"/v1/jobs/{first}/cancel", headers=carol.auth)
    assert client.delete(f"/v1/jobs/{first}", headers=carol.auth).status_code == 204
    assert superuser.execute(query, (first,)).fetchone() == (None,)


def test_after_the_time_it_is_a_new_job(keep: Any, submit: Any) -> None:
    keep(cooldown_seconds=0.3)
    first = submit(with_input()).json["id"]
    time.sleep(0.4)
    assert submit(with_input()).json["id"] != first


def test_the_policys_own_cooldown(container: Container, carol: Owner, keep: Any) -> None:
    for given, seconds in (
        ({}, 0.0),
        ({"policy": "strict"}, 5.0),
        ({"policy": "strict", "cooldown_seconds": 0}, 0.0),
        ({"cooldown_seconds": 7}, 7.0),
    ):
        keep(**given)
        policy = container.tenant_settings.policy(carol.tenant.id)
        assert policy.cooldown_seconds == seconds
