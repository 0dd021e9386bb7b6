"""A call whose worker went silent is on record as unknown, however its stage ends."""

import psycopg

from app.repositories.claims import Claim
from app.repositories.records import Job
from tests.support.deployment import Deployment


def silent_worker(deployment: Deployment, job: Job, recoveries: int = 0) -> Claim:
    """A claim with a call under way, whose lease has run out."""
    (stage,) = deployment.rows("SELECT id FROM stages WHERE job_id = %s AND ready", job.id)
    services = deployment.services
    claim = services.claims.claim(
        deployment.tenant_id, stage["id"], worker="gone", lease_seconds=30
    )
    assert claim is not None
    services.stages.begin_call(
        claim, choice=0, provider="openai", model="m", simulated=True, credential=None, mode=None
    )
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE stages SET lease_until = now() - interval '1 second', recoveries = %s"
            " WHERE id = %s",
            (recoveries, stage["id"]),
        )
    return claim


def outcomes(deployment: Deployment) -> list[str]:
    return [r["outcome"] for r in deployment.rows("SELECT outcome FROM usage")]


def test_its_job_is_canceled_after_the_stage_was_given_back(deployment: Deployment) -> None:
    job = deployment.submit("x")
    silent_worker(deployment, job)
    deployment.services.recovery.run(lambda lanes: {})
    assert outcomes(deployment) == ["in_flight"], "it may still answer"
    canceled = deployment.services.jobs.cancel(deployment.principal, job.id)
    assert canceled.status == "canceled"
    assert outcomes(deployment) == ["unknown"]


def test_its_stage_is_given_up(deployment: Deployment) -> None:
    job = deployment.submit("x")
    silent_worker(deployment, job, recoveries=100)
    deployment.services.recovery.run(lambda lanes: {})
    detail = deployment.services.jobs.get(deployment.principal, job.id)
    assert detail.job.status == "failed"
    assert outcomes(deployment) == ["unknown"]
