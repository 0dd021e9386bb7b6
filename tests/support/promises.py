"""What must hold after any fault, checked against the database and the simulator."""

from collections import Counter

from app.repositories.records import Job
from tests.support.deployment import Deployment

FINAL = ("job.succeeded", "job.failed", "job.canceled", "job.expired")


def assert_promises(deployment: Deployment, jobs: list[Job]) -> None:
    """Every job succeeded once; every answer is on record once; no completed call was repeated.

    A call that was in flight when its worker died may have completed unseen: it is on record as
    `unknown`, and each repetition needs such a row.
    """
    for job in jobs:
        assert job.status == "succeeded", (job, deployment.tails())
    ids = [job.id for job in jobs]
    _events_once(deployment, ids)
    _usage_once(deployment, ids)


def unknown_calls(deployment: Deployment) -> int:
    """Calls of which nobody knows whether they completed."""
    return len(deployment.rows("SELECT 1 FROM usage WHERE outcome = 'unknown'"))


def _events_once(deployment: Deployment, ids: list[str]) -> None:
    rows = deployment.rows(
        "SELECT job_id, sequence, type FROM events WHERE job_id = ANY(%s) ORDER BY sequence", ids
    )
    for job_id in ids:
        own = [row for row in rows if row["job_id"] == job_id]
        assert [row["sequence"] for row in own] == list(range(1, len(own) + 1))
        ends = [row["type"] for row in own if row["type"] in FINAL]
        assert ends == ["job.succeeded"], ends
        assert own[-1]["type"] == "job.succeeded"


def _usage_once(deployment: Deployment, ids: list[str]) -> None:
    rows = deployment.rows("SELECT stage_id, outcome FROM usage WHERE job_id = ANY(%s)", ids)
    good = Counter(row["stage_id"] for row in rows if row["outcome"] == "succeeded")
    assert set(good.values()) <= {1}, good
    asked = deployment.rows(
        "SELECT id FROM stages WHERE job_id = ANY(%s) AND name IN ('complete', 'item')", ids
    )
    assert len(good) == len(asked)
    assert {row["outcome"] for row in rows} <= {"succeeded", "unknown"}
    completed = sum(c["completed"] for c in deployment.calls().values())
    assert completed <= len(good) + unknown_calls(deployment), deployment.calls()
