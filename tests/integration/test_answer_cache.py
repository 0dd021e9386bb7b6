"""Answers that were given before cost no call; one call serves all who ask the same at once."""

import json
import time
from typing import Any

import psycopg
import pytest
import redis

from app.repositories.records import Job
from app.services.answer_cache import key_of
from tests.support.deployment import Deployment


@pytest.fixture
def cached(deployment: Deployment) -> Deployment:
    deployment.env["PENSTOCK_CACHE_TTL_SECONDS"] = "600"
    return deployment


def how(deployment: Deployment, job: Job) -> list[str | None]:
    rows = deployment.rows(
        "SELECT cache FROM stages WHERE job_id = %s AND name IN ('complete', 'item')"
        " ORDER BY item_index",
        job.id,
    )
    return [row["cache"] for row in rows]


def started(deployment: Deployment) -> int:
    total: int = deployment.servers.simulate("GET", "/control/calls")["total"]
    return total


def test_the_second_time_is_a_hit(cached: Deployment) -> None:
    cached.start_all()
    (first,) = cached.wait(cached.submit("same"))
    (second,) = cached.wait(cached.submit("same"))
    assert (how(cached, first), how(cached, second)) == (["miss"], ["hit"])
    assert second.output == first.output
    assert started(cached) == 1
    (other,) = cached.wait(cached.submit("same", input={"prompt": "Extract it."}))
    (bypassed,) = cached.wait(cached.submit("same", input={"cache": {"bypass": True}}))
    (anew,) = cached.wait(cached.submit("same", input={"cache": {"refresh": True}}))
    assert [how(cached, job) for job in (other, bypassed, anew)] == [["miss"], [None], ["miss"]]
    assert started(cached) == 4


def test_another_tenant_shares_nothing(cached: Deployment) -> None:
    given = {"prompt": "p", "document": "d", "schema": {}}
    other = cached.services.tenants.create("other")
    keys = {key_of(t, "openai/m", given, None) for t in (cached.tenant_id, other.id)}
    assert len(keys) == 2
    assert key_of(cached.tenant_id, "openai/m", dict(reversed(given.items())), None) in keys


def test_an_answer_that_was_not_valid_is_not_kept(cached: Deployment) -> None:
    fault = {"*": {"invalid_data": True}}
    cached.servers.simulate("PUT", "/control/faults", fault)
    cached.start_all()
    (failed,) = cached.wait(cached.submit("bad"))
    assert failed.status == "failed"
    cached.servers.simulate("DELETE", "/control/faults")
    (good,) = cached.wait(cached.submit("bad"))
    assert (good.status, how(cached, good)) == ("succeeded", ["miss"])


def test_many_at_once_make_one_call(cached: Deployment) -> None:
    cached.servers.simulate("PUT", "/control/faults", {"*": {"latency_seconds": 1.0}})
    cached.start_all()
    jobs = cached.wait(*[cached.submit("flight") for _ in range(12)])
    assert {job.status for job in jobs} == {"succeeded"}
    found = sorted(str(how(cached, job)[0]) for job in jobs)
    assert started(cached) == 1
    assert found.count("miss") == 1
    assert set(found) <= {"miss", "shared", "hit"}


def test_a_call_longer_than_the_patience_of_those_who_wait(cached: Deployment) -> None:
    cached.servers.simulate("PUT", "/control/faults", {"*": {"latency_seconds": 5.0}})
    cached.start_all()
    jobs = cached.wait(*[cached.submit("slow") for _ in range(3)])
    assert {job.status for job in jobs} == {"succeeded"}
    assert started(cached) == 1


def test_the_leaders_death_leaves_nobody_waiting(cached: Deployment) -> None:
    cached.servers.simulate("PUT", "/control/faults", {"*": {"latency_seconds": 60}})
    cached.start_all()
    jobs = [cached.submit("orphans") for _ in range(3)]
    cached.until(lambda: started(cached) == 1)
    time.sleep(0.5)
    cached.servers.simulate("DELETE", "/control/faults")
    cached.kill("worker-openai")
    ended = cached.wait(*jobs)
    assert {job.status for job in ended} == {"succeeded"}
    assert started(cached) == 2, "one that died, one that took over"


def test_a_leader_whose_claim_ended_is_followed_by_another(cached: Deployment) -> None:
    """What a worker leaves behind that is killed and whose lead stays in Redis."""
    cached.start("relay", "reconciler", "worker-core")
    job = cached.submit("left")
    key = key_of(cached.tenant_id, "openai/gpt-5-mini", job.input, None)
    (stage,) = cached.rows("SELECT id FROM stages WHERE job_id = %s AND ready", job.id)
    client = redis.Redis.from_url(cached.servers.valkey.url)
    client.set(f"penstock:flight:{key}", json.dumps([str(cached.tenant_id), stage["id"], 99]))
    cached.start("worker-openai")
    (ended,) = cached.wait(job)
    assert (ended.status, how(cached, job)) == ("succeeded", ["miss"])
    assert client.get(f"penstock:flight:{key}") is None


def test_without_redis_every_job_asks(cached: Deployment) -> None:
    cached.env["PENSTOCK_REDIS_URL"] = "redis://127.0.0.1:1/0"
    cached.start("relay", "reconciler", "worker-openai")
    cached.env["PENSTOCK_REDIS_URL"] = cached.servers.valkey.url
    cached.start("worker-core")
    jobs = cached.wait(*[cached.submit("alone") for _ in range(2)])
    assert {job.status for job in jobs} == {"succeeded"}
    assert started(cached) == 2


def test_an_erased_jobs_answers_go_from_the_cache(cached: Deployment) -> None:
    cached.start_all()
    (job,) = cached.wait(cached.submit("gone"))
    batch = cached.submit_batch("b", 3)
    cached.wait(batch)
    for one in (job, batch):
        cached.services.jobs.erase(cached.principal, one.id)
    assert (
        list(redis.Redis.from_url(cached.servers.valkey.url).scan_iter("penstock:answer:*")) == []
    )


def test_items_of_a_batch_are_hits_too(cached: Deployment) -> None:
    cached.start_all()
    given: dict[str, Any] = {"metadata": {"n": 1}}
    first, second = cached.submit_batch("b", 4), None
    cached.wait(first)
    second = cached.submit_batch("b", 4, **given)
    cached.wait(second)
    assert (how(cached, first), how(cached, second)) == (["miss"] * 4, ["hit"] * 4)


def test_the_job_says_so_and_the_usage_has_no_row(cached: Deployment) -> None:
    cached.start_all()
    cached.wait(cached.submit("told"))
    (job,) = cached.wait(cached.submit("told"))
    detail = cached.services.jobs.get(cached.principal, job.id)
    assert [stage.cache for stage in detail.stages] == ["hit", None]
    with psycopg.connect(cached.database_url) as connection:
        count = connection.execute("SELECT count(*) FROM usage WHERE job_id = %s", (job.id,))
        assert count.fetchone() == (0,)


def test_answers_that_are_meant_to_differ_are_kept_only_on_request(cached: Deployment) -> None:
    cached.start_all()
    drawn = {"temperature": 0.7}
    for expected in ([None], [None]):
        (job,) = cached.wait(cached.submit("drawn", input=drawn))
        assert how(cached, job) == expected
    cached.wait(cached.submit("drawn", input={**drawn, "cache": {"ttl": 60}}))
    (again,) = cached.wait(cached.submit("drawn", input={**drawn, "cache": {"ttl": 60}}))
    assert how(cached, again) == ["hit"]
    (plain,) = cached.wait(cached.submit("drawn", input={"temperature": 0}))
    assert how(cached, plain) == ["miss"]
    assert started(cached) == 4
