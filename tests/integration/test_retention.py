"""Erased is erased, in every table; what was paid for stays."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.errors import Conflict, Gone
from app.repositories.records import Job
from app.repositories.resubmission import IdempotencyKey
from app.services.job_submission import JobSubmission
from tests.support.deployment import SCHEMA, Deployment
from tests.support.traces import by_hand, ended_job, found_in, held_by_redis


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
