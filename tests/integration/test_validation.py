"""Answers are validated in turn, provider by provider."""

from app.infra.lanes import validation
from app.repositories.records import Job
from tests.support.deployment import Deployment

CALLING = ("relay", "reconciler", "worker-openai", "worker-gemini")
GEMINI = "gemini/gemini-2.5-flash"
DONE = "SELECT count(*) AS n FROM stages WHERE name = %s AND status = 'done'"
ENDED = "SELECT ended_at FROM stages WHERE name = 'validate' AND job_id = %s"
BEFORE = "SELECT count(*) AS n FROM stages WHERE name = 'validate' AND ended_at < %s"


def done(deployment: Deployment, stage: str) -> int:
    count: int = deployment.rows(DONE, stage)[0]["n"]
    return count


def asked(deployment: Deployment, job: Job) -> bool:
    (stage,) = deployment.rows(
        "SELECT status FROM stages WHERE name = 'complete' AND job_id = %s", job.id
    )
    return bool(stage["status"] == "done")


def test_a_heap_of_one_providers_answers_is_in_no_others_way(deployment: Deployment) -> None:
    heap = [deployment.submit(f"heap-{n}") for n in range(60)]
    deployment.start(*CALLING)
    deployment.until(lambda: done(deployment, "complete") >= 16)
    job = deployment.submit("other", input={"model": GEMINI})
    deployment.until(lambda: asked(deployment, job))
    answered = done(deployment, "complete")
    deployment.start("worker-core")
    deployment.wait(job, *heap)
    (other,) = deployment.rows(ENDED, job.id)
    assert deployment.rows(BEFORE, other["ended_at"])[0]["n"] <= 6, f"of {answered}"


def test_answers_that_nobody_validates_hold_back_further_calls(deployment: Deployment) -> None:
    jobs = [deployment.submit(f"held-{n}") for n in range(240)]
    deployment.start(*CALLING)
    deployment.until(lambda: done(deployment, "complete") >= 16)
    asked_for = -1
    while asked_for != (asked_for := sum(c["started"] for c in deployment.calls().values())):
        deployment.services.jobs.wait(deployment.principal, jobs[-1].id, 2.0)
    assert asked_for < 200, "64 answers may wait, 32 calls too, and 64 be under way"
    deployment.start("worker-core")
    assert {job.status for job in deployment.wait(*jobs)} == {"succeeded"}


def lanes(deployment: Deployment, job: Job) -> dict[str, str]:
    rows = deployment.rows("SELECT name, lane FROM stages WHERE job_id = %s", job.id)
    return {row["name"]: row["lane"] for row in rows}


def test_a_fallback_and_a_retry_take_their_validation_along(deployment: Deployment) -> None:
    refused = {"error_status": 401}
    faults = {"openai/gpt-5-mini": refused, GEMINI: refused}
    deployment.servers.simulate("PUT", "/control/faults", faults)
    deployment.start(*CALLING, "worker-core")
    job = deployment.submit("fallback", input={"model": ["openai/gpt-5-mini", GEMINI]})
    assert deployment.wait(job)[0].status == "failed"
    assert lanes(deployment, job) == {"complete": "gemini", "validate": validation("gemini")}
    deployment.servers.simulate("DELETE", "/control/faults")
    deployment.freeze("relay")
    deployment.services.jobs.retry(deployment.principal, job.id)
    assert lanes(deployment, job) == {"complete": "openai", "validate": validation("openai")}
    deployment.thaw("relay")
    assert deployment.wait(job)[0].status == "succeeded"
