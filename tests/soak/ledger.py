"""What must add up after a soak: each line compares two counts, and names who is missing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.deployment import Deployment

ENDS = ("job.succeeded", "job.failed", "job.canceled", "job.expired")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One equation of the ledger."""

    what: str
    left: int
    right: int
    faults: Sequence[str] = ()  # ids, or what is wrong

    @property
    def good(self) -> bool:
        return not self.faults


@dataclass(kw_only=True)
class Books:
    """What the soak saw, and what the database, the receiver and the simulator hold."""

    accepted: set[str]
    jobs: dict[str, str]  # id -> status
    events: list[tuple[str, int, str]]  # job, sequence, type
    delivered: set[str]  # webhook-ids that the receiver saw
    deliveries: list[dict[str, Any]]  # id, job_id, type, status
    usage: list[tuple[str, str]]  # stage, outcome
    completed_calls: int
    fires: Counter[tuple[str, str]] = field(default_factory=Counter)  # (schedule, moment)


def read(deployment: Deployment, accepted: set[str], delivered: set[str]) -> Books:
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
        usage=[(r["stage_id"], r["outcome"]) for r in rows("SELECT stage_id, outcome FROM usage")],
        completed_calls=deployment.servers.simulate("GET", "/control/calls")["completed"],
        fires=Counter(
            (r["schedule_id"], r["fire_at"].isoformat())
            for r in rows("SELECT schedule_id, fire_at FROM schedule_fires")
        ),
    )


def settle(books: Books) -> list[Line]:
    """The ledger's lines; one with faults means that Penstock broke its promise."""
    return [
        _ended(books),
        _once(books),
        _gapless(books),
        _told(books),
        *_paid(books),
        _fired(books),
    ]


def _ended(books: Books) -> Line:
    final = {job for job, status in books.jobs.items() if f"job.{status}" in ENDS}
    missing = sorted((books.accepted | set(books.jobs)) - final)
    return Line(what="accepted = ended", left=len(books.accepted), right=len(final), faults=missing)


def _once(books: Books) -> Line:
    """A job that was retried ends once a run."""
    ends = Counter(job for job, _, kind in books.events if kind in ENDS)
    runs = Counter(job for job, _, kind in books.events if kind in ("job.queued", "job.retried"))
    wrong = sorted(job for job in books.jobs if ends[job] != runs[job])
    return Line(what="ends = runs", left=sum(ends.values()), right=sum(runs.values()), faults=wrong)


def _gapless(books: Books) -> Line:
    seen: dict[str, list[int]] = {}
    for job, sequence, _ in books.events:
        seen.setdefault(job, []).append(sequence)
    wrong = sorted(j for j, found in seen.items() if found != list(range(1, len(found) + 1)))
    return Line(what="events without a gap", left=len(seen), right=len(books.jobs), faults=wrong)


def _told(books: Books) -> Line:
    """Every end was delivered, and the receiver saw it."""
    ends = [d for d in books.deliveries if d["type"] in ENDS]
    untold = [
        d["job_id"] for d in ends if d["status"] != "succeeded" or d["id"] not in books.delivered
    ]
    counted = Counter(d["job_id"] for d in ends)
    happened = Counter(job for job, _, kind in books.events if kind in ENDS)
    silent = [job for job in happened if counted[job] != happened[job]]
    return Line(
        what="ended = told",
        left=sum(happened.values()),
        right=len(ends) - len(untold),
        faults=sorted({*untold, *silent}),
    )


def _paid(books: Books) -> list[Line]:
    good = Counter(stage for stage, outcome in books.usage if outcome == "succeeded")
    outcomes = Counter(outcome for _, outcome in books.usage)
    open_calls = [stage for stage, outcome in books.usage if outcome == "in_flight"]
    recorded = sum(outcomes.values())
    beyond = books.completed_calls - recorded
    return [
        Line(
            what="calls completed <= usage rows",
            left=books.completed_calls,
            right=recorded,
            faults=[f"{beyond} calls without a row"] if beyond > 0 else [],
        ),
        Line(
            what="no usage row left open",
            left=len(open_calls),
            right=0,
            faults=sorted(open_calls),
        ),
        Line(
            what="stages with an answer",
            left=len(good),
            right=sum(good.values()),
            faults=[],
        ),
    ]


def _fired(books: Books) -> Line:
    twice = sorted(f"{schedule} {at}" for (schedule, at), n in books.fires.items() if n > 1)
    return Line(
        what="fires, each once",
        left=sum(books.fires.values()),
        right=len(books.fires),
        faults=twice,
    )
