"""Erased is erased, in every table; what was paid for stays; sweeps keep to their time."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from app.errors import Conflict, Gone
from app.repositories.records import Job
from app.repositories.resubmission import IdempotencyKey
from app.services.jobs import JobSubmission
from tests.support.deployment import SCHEMA, Deployment

CANARY = "canary-7c1f"
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


def submit_canary(deployment: Deployment) -> Job:
    schema = {**SCHEMA, "description": CANARY}
    given = {"prompt": f"Extract {CANARY}.", "schema": schema, "model": "openai/gpt-5-mini"}
    given["document"] = f"Number: {CANARY}\nTotal: 7"
    submission = JobSubmission(pipeline="extract", input=given, metadata={"note": CANARY})
    key = IdempotencyKey(key="once", payload_sha256=b"0" * 32)
    done = deployment.services.jobs.submit(
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
    deployment.start("relay", "worker-core", "worker-openai")
    job = deployment.wait(submit_canary(deployment))[0]
    assert job.status == "succeeded"
    before = deployment.services.jobs.get(deployment.principal, job.id).usage
    held = found_in(deployment, CANARY)
    assert {"jobs.input", "jobs.output", "jobs.metadata", "usage.answer", "stages.output"} <= held
    assert "idempotency_records.answer" in held
    services = deployment.services
    services.jobs.erase(deployment.principal, job.id)
    assert found_in(deployment, CANARY) == set()
    (usage,) = deployment.rows("SELECT * FROM usage")
    assert (usage["input_tokens"], usage["cost_micros"]) == (
        before.input_tokens,
        before.cost_micros,
    )
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
    assert services.jobs.list(deployment.principal)[0] == []


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
    assert (detail.job.status, detail.job.input) == ("canceled", {})
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
