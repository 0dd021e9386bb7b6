"""Rates and queue caps over HTTP, with a real Redis behind two applications."""

import dataclasses
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.container import Container
from app.factory import create_app
from app.infra.settings import load_settings
from app.repositories.records import Tenant
from app.stack.valkey import EmbeddedValkey
from tests.integration.api.payloads import GOOD
from tests.support.deployment import Deployment


@dataclasses.dataclass
class World:
    """Two API processes' worth of applications over one database and one Redis."""

    deployment: Deployment
    valkey: EmbeddedValkey
    containers: list[Container]
    apps: list[Flask]

    def tenant(self, name: str, **limits: int | None) -> tuple[Tenant, dict[str, str]]:
        services = self.containers[0]
        tenant = services.tenants.create(name)
        if limits:
            services.limit_administration.set(name, limits)
        _, token = services.keys.create(tenant.id, "k", ["admin"])
        return tenant, {"Authorization": f"Bearer {token}"}


@pytest.fixture
def world(deployment: Deployment, tmp_path: Path) -> Iterator[World]:
    valkey = EmbeddedValkey(tmp_path / "valkey")
    env = {**deployment.env, "PENSTOCK_REDIS_URL": valkey.start()}
    containers = [Container(load_settings(env)) for _ in range(2)]
    apps = [create_app(container=container) for container in containers]
    yield World(deployment, valkey, containers, apps)
    for container in containers:
        container.close()
    valkey.kill()


def get(app: Flask, auth: dict[str, str]) -> Any:
    return app.test_client().get("/v1/jobs", headers=auth)


def test_exactly_the_quota_passes_through_both(world: World) -> None:
    _, auth = world.tenant("twenty", requests_per_minute=20)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: get(world.apps[n % 2], auth), range(60)))
    counts = Counter(answer.status_code for answer in answers)
    # A request's worth comes back every three seconds.
    assert counts[200] in (20, 21), counts
    assert counts[429] == 60 - counts[200]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.content_type == "application/problem+json"
    assert (refused.json["code"], refused.json["policy"]) == ("rate_limited", "tenant")
    assert 1 <= int(refused.headers["Retry-After"]) <= 4
    assert refused.headers["RateLimit-Policy"].startswith('"tenant";q=20;w=60')
    assert '"tenant";r=0;t=' in refused.headers["RateLimit"]


def test_a_key_has_a_quota_of_its_own(world: World) -> None:
    tenant, auth = world.tenant("keys", requests_per_minute=100, key_requests_per_minute=3)
    _, other = world.containers[0].keys.create(tenant.id, "other", ["admin"])
    answers = [get(world.apps[0], auth) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[3].json["policy"] == "key"
    assert [a.headers["RateLimit"].count("r=") for a in answers] == [2] * 4
    assert '"tenant";r=99' in answers[0].headers["RateLimit"]
    passed = get(world.apps[0], {"Authorization": f"Bearer {other}"})
    assert passed.status_code == 200
    # What was refused for its key was not counted against its tenant.
    assert '"tenant";r=96' in passed.headers["RateLimit"]


def test_another_tenant_is_not_touched_and_health_is_not_counted(world: World) -> None:
    _, auth = world.tenant("one", requests_per_minute=1)
    _, other = world.tenant("two")
    assert [get(world.apps[0], auth).status_code for _ in range(2)] == [200, 429]
    assert get(world.apps[0], other).status_code == 200
    answer = world.apps[0].test_client().get("/health")
    assert answer.status_code == 200
    assert "RateLimit" not in answer.headers


def test_a_change_is_kept_to_by_processes_that_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.tenant_limits.REMEMBERED", 0.0)  # seconds
    _, auth = world.tenant("changed", requests_per_minute=1)
    assert [get(world.apps[0], auth).status_code for _ in range(2)] == [200, 429]
    world.containers[0].limit_administration.set("changed", {"requests_per_minute": 1000})
    assert get(world.apps[0], auth).headers["RateLimit-Policy"].startswith('"tenant";q=1000;')


def test_requests_pass_while_redis_is_away_and_are_counted_once_it_is_back(world: World) -> None:
    _, auth = world.tenant("away", requests_per_minute=2)
    assert get(world.apps[0], auth).status_code == 200
    port = world.valkey.port
    world.valkey.kill()
    answers = [get(world.apps[0], auth) for _ in range(30)]
    assert {a.status_code for a in answers} == {200}
    assert all("RateLimit" not in a.headers for a in answers)
    world.valkey.start(port=port)
    world.deployment.until(lambda: get(world.apps[0], auth).status_code == 429)


def test_a_full_queue_refuses_and_replays_still_answer(world: World) -> None:
    _, auth = world.tenant("full", max_queued=3)
    _, other = world.tenant("roomy")
    client = world.apps[0].test_client()
    first = client.post("/v1/jobs", json=GOOD, headers=auth | {"Idempotency-Key": "once"})
    rest = [client.post("/v1/jobs", json=GOOD, headers=auth) for _ in range(3)]
    assert [first.status_code, *[r.status_code for r in rest]] == [202, 202, 202, 429]
    problem = rest[2].json
    assert (problem["code"], problem["policy"]) == ("queue_full", "max_queued")
    assert "3 jobs" in problem["detail"]
    assert int(rest[2].headers["Retry-After"]) >= 1
    again = client.post("/v1/jobs", json=GOOD, headers=auth | {"Idempotency-Key": "once"})
    assert (again.status_code, again.json["id"]) == (202, first.json["id"])
    assert client.post("/v1/jobs", json=GOOD, headers=other).status_code == 202
    jobs = world.deployment.rows(
        "SELECT count(*) AS n FROM jobs j JOIN tenants t ON t.id = j.tenant_id WHERE name = 'full'"
    )
    assert jobs[0]["n"] == 3


def test_what_is_refused_or_replayed_takes_no_place(world: World) -> None:
    _, auth = world.tenant("refused", max_queued=2)
    client = world.apps[0].test_client()
    once = auth | {"Idempotency-Key": "once"}
    assert client.post("/v1/jobs", json=GOOD, headers=once).status_code == 202
    for _ in range(3):
        wrong = client.post("/v1/jobs", json={"pipeline": "extract", "input": {}}, headers=auth)
        assert wrong.status_code == 422
        assert client.post("/v1/jobs", json=GOOD, headers=once).status_code == 202
    assert client.post("/v1/jobs", json=GOOD, headers=auth).status_code == 202
    assert client.post("/v1/jobs", json=GOOD, headers=auth).status_code == 429


def test_wrong_limits_are_refused_by_name(world: World) -> None:
    world.tenant("wrong")
    set_limits = world.containers[0].limit_administration.set
    for name, value in (("weight", 0), ("weight", 1001), ("max_queued", -1), ("event_days", 2**31)):
        with pytest.raises(Exception, match="cannot be set") as refused:
            set_limits("wrong", {name: value})
        assert [f.pointer for f in refused.value.errors] == [f"/{name}"]  # type: ignore[attr-defined]
    assert set_limits("wrong", {"max_queued": 5}).max_queued == 5
    assert set_limits("wrong", {"max_queued": None}).max_queued is None
