"""Circuits and keys, in workers against the simulator."""

import time

import pytest
import redis

from app.infra.circuits import CIRCUITS, RedisCircuits
from providers.errors import AuthenticationFailed, CallCanceled, ProviderError, RateLimited
from providers.routing.circuit import FRESH, CircuitBreaker
from providers.routing.steady import steady
from tests.support.deployment import Deployment
from tests.support.servers import Servers

TABLES = """
[providers.openai]
kind = "openai"
base_url = "{url}/openai/v1"
models = ["gpt-5-mini", "gpt-5"]
keys = [
    {{name = "main", key = "sk-main"}},
    {{name = "spare", key = "sk-spare", weight = 0}},
]
[providers.gemini]
kind = "gemini"
key = "simulator"
base_url = "{url}/gemini"
models = ["gemini-2.5-flash"]
"""
BOTH = {"model": ["openai/gpt-5-mini", "gemini/gemini-2.5-flash"]}


@pytest.fixture
def two_keys(deployment: Deployment) -> Deployment:
    deployment.providers(TABLES.format(url=deployment.servers.simulator_url))
    return deployment


def used(deployment: Deployment) -> list[tuple[str, str | None, str]]:
    rows = deployment.rows("SELECT provider, credential, outcome FROM usage ORDER BY started_at")
    return [(r["provider"], r["credential"], r["outcome"]) for r in rows]


def test_a_spent_quota_closes_its_key_and_not_the_provider(two_keys: Deployment) -> None:
    spent = {"error_status": 429, "error_code": "insufficient_quota"}
    two_keys.servers.simulate("PUT", "/control/faults", {"key:sk-main": spent})
    two_keys.start_all()
    (job,) = two_keys.wait(two_keys.submit("a", input=BOTH))
    assert job.status == "succeeded"
    assert used(two_keys) == [("openai", "main", "failed"), ("openai", "spare", "succeeded")]
    two_keys.wait(*[two_keys.submit(f"b{n}") for n in range(3)])
    assert [row[1] for row in used(two_keys)[2:]] == ["spare"] * 3
    standing = RedisCircuits(two_keys.servers.valkey.url).read()
    assert list(standing) == ["openai#main"]


def test_an_open_circuit_sends_jobs_to_the_next_model_and_says_why(two_keys: Deployment) -> None:
    two_keys.servers.simulate(
        "PUT", "/control/faults", {"openai/gpt-5-mini": {"error_status": 503}}
    )
    two_keys.start_all()
    two_keys.start("worker-gemini")
    two_keys.wait(*[two_keys.submit(f"a{n}", input=BOTH) for n in range(6)])
    before = len([row for row in used(two_keys) if row[0] == "openai"])
    (job,) = two_keys.wait(two_keys.submit("late", input=BOTH))
    assert job.status == "succeeded"
    assert len([row for row in used(two_keys) if row[0] == "openai"]) == before
    events = two_keys.rows(
        "SELECT data FROM events WHERE job_id = %s AND type = 'stage.retrying'", job.id
    )
    (hop,) = [e["data"]["error"] for e in events]
    assert hop["code"] == "fallback"
    assert hop["message"].startswith("openai/gpt-5-mini: provider_unavailable")


def test_without_another_model_a_job_waits_for_the_circuit(two_keys: Deployment) -> None:
    two_keys.servers.simulate(
        "PUT", "/control/faults", {"openai/gpt-5-mini": {"error_status": 503}}
    )
    two_keys.start_all()
    jobs = [two_keys.submit(f"a{n}") for n in range(12)]
    # Each key has a circuit of its own.
    two_keys.until(lambda: len(RedisCircuits(two_keys.servers.valkey.url).read()) == 2)
    waiting = two_keys.submit("waits")
    two_keys.until(
        lambda: bool(
            two_keys.rows(
                "SELECT 1 FROM events WHERE job_id = %s AND type = 'stage.retrying'", waiting.id
            )
        )
    )
    assert two_keys.calls().get("waits") is None
    two_keys.servers.simulate("DELETE", "/control/faults")
    (ended,) = two_keys.wait(waiting)
    assert ended.status == "succeeded"
    two_keys.wait(*jobs)
    two_keys.until(
        lambda: "openai/gpt-5-mini#main" not in RedisCircuits(two_keys.servers.valkey.url).read()
    )


def test_redis_shares_circuits_and_gives_one_probe(servers: Servers) -> None:
    now = [1_000_000_000_000.0]
    one, two = (
        CircuitBreaker(shared=RedisCircuits(servers.valkey.url), clock=lambda: now[0])
        for _ in range(2)
    )
    one.failed("x#k", AuthenticationFailed("no"))
    assert two.standing("x#k").state == "open"
    now[0] += 61
    assert [one.enter("x#k"), two.enter("x#k")] == [True, False]
    one.succeeded("x#k")
    assert "x#k" not in RedisCircuits(servers.valkey.url).read()


@pytest.mark.parametrize("error", [RateLimited("later", retry_after=10), CallCanceled("left")])
def test_a_probe_that_is_over_leaves_its_place_in_redis(
    servers: Servers, error: ProviderError
) -> None:
    """Not only when its 30 seconds are up."""
    now = [1_000_000_000_000.0]
    one, two = (
        CircuitBreaker(shared=RedisCircuits(servers.valkey.url), clock=lambda: now[0])
        for _ in range(2)
    )
    name = f"probed/{error.code}"
    one.failed(name, AuthenticationFailed("no"))
    now[0] += 61
    assert one.enter(name)
    one.failed(name, error)
    now[0] += 11
    assert two.enter(name)
    two.succeeded(name)


@pytest.mark.parametrize("skew", [-3_600.0, 300.0])
def test_a_machine_whose_clock_is_wrong_sees_the_same_circuits(
    servers: Servers, skew: float
) -> None:
    """One that is ahead would take them all for long gone, one behind would wait for an hour."""
    name = f"skewed/{skew}"

    def process(by: float) -> CircuitBreaker:
        def clock() -> float:
            return steady() + by

        return CircuitBreaker(shared=RedisCircuits(servers.valkey.url, clock), clock=clock)

    one, two = process(0.0), process(skew)
    assert [b.standing(name).state for b in (one, two)] == ["closed", "closed"]
    for opener, other in ((one, two), (two, one)):
        opener.failed(name, RateLimited("later", retry_after=1.5))
        time.sleep(FRESH)
        assert 0.1 < other.standing(name).seconds < 1.5
        assert opener.standing(name).state == "open"
        time.sleep(1.2)
        assert other.enter(name)
        other.succeeded(name)
        time.sleep(FRESH)
        assert opener.standing(name).state == "closed"


def test_circuits_outlive_a_redis_that_forgets(servers: Servers) -> None:
    url = servers.valkey.url
    one, two = (CircuitBreaker(shared=RedisCircuits(url)) for _ in range(2))
    one.failed("kept/m#k", RateLimited("later", retry_after=60))
    assert two.standing("kept/m#k").state == "open"
    redis.Redis.from_url(url).delete(CIRCUITS)
    time.sleep(FRESH)
    assert two.standing("kept/m#k").state == "open"
    assert "kept/m#k" in RedisCircuits(url).read()
    redis.Redis.from_url(url).delete(CIRCUITS)
