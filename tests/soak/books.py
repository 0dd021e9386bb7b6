"""What a soak leaves behind, read from the database, the receiver and the simulator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from providers.simulator.counters import MARK
from tests.support.deployment import Deployment

CALLS = """
    SELECT u.stage_id, u.outcome, u.verdict,
           coalesce(s.item ->> 'document', j.input ->> 'document', '') AS document
    FROM usage u
    JOIN stages s ON s.tenant_id = u.tenant_id AND s.id = u.stage_id
    JOIN jobs j ON j.tenant_id = u.tenant_id AND j.id = u.job_id
"""
DONE = "SELECT id FROM stages WHERE name IN ('complete', 'item') AND status = 'done'"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One usage row; `key` is what the simulator counts the call under."""

    stage: str
    key: str
    outcome: str
    verdict: str | None = None


@dataclass(frozen=True, kw_only=True)
class Fire:
    """One moment of the soak's schedule."""

    schedule: str
    at: datetime
    status: str
    job: str | None


@dataclass(frozen=True, kw_only=True)
class Books:
    """Everything that the ledger compares."""

    accepted: list[str]  # ids, one for each 202 that a client saw
    jobs: dict[str, str]  # id -> status
    events: list[tuple[str, int, str]]  # job, sequence, type; in order
    delivered: set[str]  # webhook-ids that the receiver saw
    deliveries: list[dict[str, Any]]  # id, job_id, type, status
    calls: list[Call]
    simulated: dict[str, dict[str, int]]  # key -> calls started and completed there
    done: set[str]  # stages that asked a provider and are done
    fires: list[Fire]
    interval: float  # seconds between the schedule's moments


def read(
    deployment: Deployment, accepted: list[str], delivered: set[str], interval: float
) -> Books:
    rows = deployment.rows
    return Books(
        accepted=accepted,
        jobs={r["id"]: r["status"] for r in rows("SELECT id, status FROM jobs")},
        events=[
            (r["job_id"], r["sequence"], r["type"])
            for r in rows("SELECT job_id, sequence, type FROM events ORDER BY job_id, sequence")
        ],
        delivered=delivered,
        deliveries=rows("SELECT id, job_id, type, status FROM deliveries"),
        calls=[
            Call(
                stage=r["stage_id"],
                key=_key(r["document"]),
                outcome=r["outcome"],
                verdict=r["verdict"],
            )
            for r in rows(CALLS)
        ],
        simulated=deployment.calls(),
        done={r["id"] for r in rows(DONE)},
        fires=[
            Fire(schedule=r["schedule_id"], at=r["fire_at"], status=r["status"], job=r["job_id"])
            for r in rows("SELECT * FROM schedule_fires ORDER BY schedule_id, fire_at")
        ],
        interval=interval,
    )


def _key(document: str) -> str:
    found = MARK.search(document)
    return found[1] if found else ""
