"""Erased is erased, in every table; what was paid for stays; sweeps keep to their time."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import redis

from app.container import Container
from app.errors import Conflict, Gone
from app.infra.answer_store import AnswerStore
from app.infra.settings import load_settings
from app.repositories.records import Job
from app.repositories.resubmission import IdempotencyKey
from app.services.answer_cache import key_of
from app.services.job_submission import JobSubmission
from tests.support.deployment import SCHEMA, Deployment

COLUMNS = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'json', 'jsonb', 'bytea', 'ARRAY')"""


def by_hand(deployment: Deployment, text: str, *params: Any) -> None:
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        connection.execute(text.encode(), params)


def found_in(deployment: Deployment, text: str) -> set[str]:
    """Every `table.column` that holds the text."""
    found = set()
    for row in deployment.rows(COLUMNS):
        table, column = row["table_name"], row["column_name"]
        query = f'SELECT count(*) AS n FROM "{table}" WHERE "{column}"::text LIKE %s'
        if deployment.rows(query, f"%{text}%")[0]["n"]:
            found.add(f"{table}.{column}")
    return found


def held_by_redis(deployment: Deployment, text: str) -> set[str]:
    """Every key of the cache's database and the broker's that holds the text, or is it."""
    found = set()
    for number in (0, 1):
        url = deployment.servers.valkey.url[:-1] + str(number)
        client = redis.Redis.from_url(url, decode_responses=True)
        readers: dict[str, Callable[[str], object]] = {
            "string": client.get,
            "hash": client.hgetall,
            "list": lambda key, c=client: c.lrange(key, 0, -1),  # type: ignore[misc]
            "set": client.smembers,
            "zset": lambda key, c=client: c.zrange(key, 0, -1),  # type: ignore[misc]
            "stream": client.xrange,
        }
        for key in client.scan_iter():
            value = readers[client.type(key)](key)
            if text in f"{key} {value}":
                found.add(key)
    return found


def erase_by_hand(deployment: Deployment, job: Job) -> None:
    deployment.services.jobs.erase(deployment.principal, job.id)


def erase_by_sweep(deployment: Deployment, job: Job) -> None:
    by_hand(
        deployment, "UPDATE jobs SET ended_at = now() - interval '40 days' WHERE id = %s", job.id
    )
    assert deployment.services.retention.sweep()["jobs"] == 1


def erase_input_first(deployment: Deployment, job: Job) -> None:
    (name,) = deployment.rows("SELECT name FROM tenants")
    deployment.services.limit_administration.set(name["name"], {"input_days": 0})
    assert deployment.services.retention.sweep()["inputs"] == 1
    erase_by_sweep(deployment, job)


def submit_canary(deployment: Deployment, canary: str) -> Job:
    schema = {**SCHEMA, "description": canary}
    given = {"prompt": f"Extract {canary}.", "schema": schema, "model": "openai/gpt-5-mini"}
    given["document"] = f"Number: {canary}\nTotal: 7"
    submission = JobSubmission(pipeline="extract", input=given, metadata={"note": canary})
    key = IdempotencyKey(key=hashlib.sha256(canary.encode()).hexdigest(), payload_sha256=b"0" * 32)
    done = deployment.services.submissions.submit(
        deployment.principal,
        submission,
        idempotency=key,
        render=lambda job: json.dumps({"id": job.id, "metadata": job.metadata}),
    )
    return done.job


def ended_job(deployment: Deployment) -> Job:
    """A canceled one: no worker is needed."""
    job = deployment.submit("x")
    return deployment.services.jobs.cancel(deployment.principal, job.id)


def test_nothing_of_an_erased_job_is_left_but_its_cost(deployment: Deployment) -> None:
    deployment.env["PENSTOCK_CACHE_TTL_SECONDS"] = "600"
    deployment.start("relay", "worker-core", "worker-openai")
    ways = (erase_by_hand, erase_by_sweep, erase_input_first)
    canaries = [f"canary-{n}-7c1f" for n in range(len(ways))]
    jobs = deployment.wait(*[submit_canary(deployment, canary) for canary in canaries])
    for erase, canary, job in zip(ways, canaries, jobs, strict=True):
        assert job.status == "succeeded"
        cost = deployment.services.jobs.get(deployment.principal, job.id).usage
        held = found_in(deployment, canary)
        wanted = {"jobs.input", "jobs.output", "jobs.metadata", "usage.answer", "stages.output"}
        assert wanted | {"idempotency_records.answer"} <= held
        assert len(held_by_redis(deployment, canary)) == 1
        erase(deployment, job)
        assert found_in(deployment, canary) == set(), erase
        assert held_by_redis(deployment, canary) == set(), erase
        (usage,) = deployment.rows("SELECT * FROM usage WHERE job_id = %s", job.id)
        found = (usage["input_tokens"], usage["cost_micros"])
        assert found == (cost.input_tokens, cost.cost_micros)
        assert_gone(deployment, job)
    assert deployment.services.jobs.list(deployment.principal)[0] == []


def assert_gone(deployment: Deployment, job: Job) -> None:
    services = deployment.services
    for call in (
        lambda: services.jobs.get(deployment.principal, job.id),
        lambda: services.jobs.retry(deployment.principal, job.id),
        lambda: services.jobs.cancel(deployment.principal, job.id),
        lambda: services.jobs.erase(deployment.principal, job.id),
        lambda: services.events.list(deployment.principal, job.id),
        lambda: services.jobs.results(deployment.principal, job.id),
    ):
        with pytest.raises(Gone):
            call()


def test_an_open_job_is_not_erased(deployment: Deployment) -> None:
    job = deployment.submit("open")
    with pytest.raises(Conflict, match="queued"):
        deployment.services.jobs.erase(deployment.principal, job.id)
    assert deployment.services.jobs.get(deployment.principal, job.id).job.status == "queued"


def test_erasing_and_retrying_at_once_leaves_it_whole_or_gone(deployment: Deployment) -> None:
    jobs = [ended_job(deployment) for _ in range(20)]
    service = deployment.services.jobs

    def attempt(call: Any, job: Job) -> str:
        try:
            call(deployment.principal, job.id)
            return "done"
        except (Conflict, Gone) as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        erased = [pool.submit(attempt, service.erase, job) for job in jobs]
        retried = [pool.submit(attempt, service.retry, job) for job in jobs]
    for job, one, two in zip(jobs, erased, retried, strict=True):
        assert sorted([one.result() == "done", two.result() == "done"]) == [False, True]
        stages = deployment.rows("SELECT id FROM stages WHERE job_id = %s", job.id)
        assert len(stages) == (0 if one.result() == "done" else 2)


def test_another_tenant_cannot_erase_by_the_function_either(deployment: Deployment) -> None:
    job = ended_job(deployment)
    other = deployment.services.tenants.create("somebody else")
    row = deployment.services.app_db.one(
        other.id, "SELECT erase_own_job(%(job)s) AS done", {"job": job.id}
    )
    assert row == {"done": False}
    assert deployment.services.jobs.get(deployment.principal, job.id).job.erased_at is None


def test_a_sweep_goes_by_each_tenants_days(deployment: Deployment) -> None:
    old, fresh, again = (ended_job(deployment) for _ in range(3))
    still_open = deployment.submit("open")
    by_hand(
        deployment,
        "UPDATE jobs SET ended_at = now() - interval '40 days' WHERE id = ANY(%s)",
        [old.id, again.id],
    )
    deployment.services.jobs.retry(deployment.principal, again.id)
    assert deployment.services.retention.due() == 1
    assert deployment.services.retention.sweep() == {
        "jobs": 1,
        "events": 0,
        "inputs": 0,
        "fires": 0,
    }
    assert deployment.services.retention.sweep()["jobs"] == 0
    left = {job.id for job in deployment.services.jobs.list(deployment.principal)[0]}
    assert left == {fresh.id, again.id, still_open.id}


def test_a_sweep_lets_a_batchs_answers_go_in_one_exchange(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = []
    jobs = [
        deployment.submit_batch("b", 3),
        deployment.submit_batch("d", 3),
        deployment.submit("c"),
    ]
    for job in jobs:
        deployment.services.jobs.cancel(deployment.principal, job.id)
        stages = "SELECT item FROM stages WHERE job_id = %s AND name IN ('item', 'complete')"
        for row in deployment.rows(stages, job.id):
            keys.append(key_of(deployment.tenant_id, "openai/gpt-5-mini", job.input, row["item"]))
    assert len(set(keys)) == 7
    by_hand(deployment, "UPDATE jobs SET ended_at = now() - interval '40 days'")
    store = AnswerStore(deployment.env["PENSTOCK_REDIS_URL"])
    for key in [*keys, "another"]:
        store.put(key, "1", 600)
    drop, calls = AnswerStore.drop, []
    monkeypatch.setattr(AnswerStore, "drop", lambda *given: calls.append(drop(*given)))
    monkeypatch.setattr("app.infra.answer_store.EACH", 2)
    assert deployment.services.retention.sweep()["jobs"] == 3
    assert [store.get(key) for key in [*keys, "another"]] == [None] * len(keys) + ["1"]
    assert len(calls) == 1


def test_a_sweep_goes_on_without_redis(deployment: Deployment) -> None:
    jobs = [ended_job(deployment) for _ in range(60)]
    by_hand(deployment, "UPDATE jobs SET ended_at = now() - interval '40 days'")
    for url in ("redis://127.0.0.1:1/0", ""):
        env = {**deployment.env, "PENSTOCK_REDIS_URL": url}
        services = Container(load_settings(env))
        services.answers.forget(["x"])  # it is found out that Redis is away
        assert services.retention._batch("jobs", services.retention._rows.tenants()[0], 30) > 0
        services.close()
    assert deployment.services.retention.due() == 0
    assert {len(deployment.rows("SELECT 1 FROM stages")), len(jobs)} == {0, 60}


def test_events_and_inputs_may_go_first(deployment: Deployment) -> None:
    job = ended_job(deployment)
    (name,) = deployment.rows("SELECT name FROM tenants")
    limits = {"output_days": 30, "event_days": 1, "input_days": 2}
    deployment.services.limit_administration.set(name["name"], limits)
    by_hand(
        deployment,
        "UPDATE jobs SET ended_at = now() - interval '3 days', fingerprint = sha256('x')",
    )
    assert deployment.services.retention.sweep() == {
        "jobs": 0,
        "events": 1,
        "inputs": 1,
        "fires": 0,
    }
    detail = deployment.services.jobs.get(deployment.principal, job.id)
    assert detail.job.status == "canceled"
    assert deployment.rows("SELECT input FROM jobs") == [{"input": {}}]
    assert deployment.rows("SELECT 1 AS one FROM jobs WHERE fingerprint IS NOT NULL") == []
    assert deployment.services.events.list(deployment.principal, job.id) == []
    assert deployment.services.retention.sweep() == {
        "jobs": 0,
        "events": 0,
        "inputs": 0,
        "fires": 0,
    }


def test_two_sweeps_at_once_and_one_that_dies_in_the_middle(deployment: Deployment) -> None:
    jobs = [ended_job(deployment) for _ in range(30)]
    by_hand(deployment, "UPDATE jobs SET ended_at = now() - interval '40 days'")
    with psycopg.connect(deployment.database_url) as dying:  # its transaction is rolled back
        dying.execute(b"SELECT erase_job(tenant_id, id) FROM jobs ORDER BY id LIMIT 10 FOR UPDATE")
        dying.rollback()
    assert len(deployment.rows("SELECT id FROM stages")) == 60
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: deployment.services.retention.sweep(), range(4)))
    assert sum(found["jobs"] for found in done) == len(jobs)
    assert deployment.rows("SELECT id FROM stages") == []
