"""What belongs to the other tenant."""

from dataclasses import dataclass

import pytest
from flask import Flask

from app.container import Container
from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import GOOD, batch
from tests.integration.api.tenancy.matrix import HOOK, SCHEDULE
from tests.integration.api.tenancy.tables import INSERTS


@dataclass(frozen=True)
class Theirs:
    """What belongs to the other tenant."""

    job_id: str
    batch_id: str
    key_id: str
    endpoint_id: str
    delivery_id: str
    schedule_id: str


@pytest.fixture(scope="session")
def theirs(app: Flask, container: Container, alice: Owner) -> Theirs:
    client = app.test_client()
    headers = alice.auth | {"Idempotency-Key": "tenancy"}
    endpoint = client.post("/v1/webhook-endpoints", json=HOOK, headers=alice.auth)
    sent = client.post(f"/v1/webhook-endpoints/{endpoint.json['id']}/test", headers=alice.auth)
    assert client.post("/v1/webhook-secret/rotate", headers=alice.auth).status_code == 201
    single = client.post("/v1/jobs", json=GOOD, headers=headers)
    many = client.post("/v1/jobs", json=batch([{"document": "x"}]), headers=alice.auth)
    assert (single.status_code, many.status_code) == (202, 202)
    schedule = client.post("/v1/schedules", json=SCHEDULE, headers=alice.auth)
    fired = client.post(f"/v1/schedules/{schedule.json['id']}/trigger", headers=alice.auth)
    assert (schedule.status_code, fired.status_code) == (201, 202)
    container.system_db.system(
        "INSERT INTO tenant_limits (tenant_id) VALUES (%(tenant)s)", {"tenant": alice.tenant.id}
    )
    given = {"groups": {"theirs": {"models": ["openai/gpt-5"]}}}
    assert client.put("/v1/settings", json=given, headers=alice.auth).status_code == 200
    key, _ = container.keys.create(alice.tenant.id, "another", ["jobs:read"])
    _write_an_attempt(container, alice, sent.json["id"])
    return Theirs(
        job_id=single.json["id"],
        batch_id=many.json["id"],
        key_id=key.id,
        endpoint_id=endpoint.json["id"],
        delivery_id=sent.json["id"],
        schedule_id=schedule.json["id"],
    )


def _write_an_attempt(container: Container, owner: Owner, delivery_id: str) -> None:
    params = {"tenant": owner.tenant.id, "id": delivery_id}
    container.app_db.run(
        owner.tenant.id,
        [
            (f"INSERT INTO {table} {INSERTS[table]}", {**params, "delivery": delivery_id})
            for table in ("delivery_attempts", "delivery_targets")
        ],
    )
