"""Sweeps keep to each tenant's time, go on without Redis, and may run two at once."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from app.container import Container
from app.infra.answer_store import AnswerStore
from app.infra.settings import load_settings
from app.services.answer_cache import key_of
from tests.support.deployment import Deployment
from tests.support.traces import by_hand, ended_job


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
