"""What must add up after a soak: each line compares two counts, and names who is missing."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.soak.books import Books
from tests.soak.ledger_calls import completed_calls, open_calls, paid_once, started_calls

ENDS = ("job.succeeded", "job.failed", "job.canceled", "job.expired")
STARTS = ("job.queued", "job.retried")


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


def settle(books: Books) -> list[Line]:
    """The ledger's lines; one with faults means that Penstock broke its promise."""
    return [
        _ended(books),
        _accounted(books),
        _runs(books),
        _gapless(books),
        _agreeing(books),
        _told(books),
        _fired(books),
        *(
            Line(what=what, left=left, right=right, faults=faults)
            for what, left, right, faults in (
                paid_once(books),
                completed_calls(books),
                started_calls(books),
                open_calls(books),
            )
        ),
    ]


def _ended(books: Books) -> Line:
    final = {job for job, status in books.jobs.items() if f"job.{status}" in ENDS}
    accepted = set(books.accepted)
    missing = sorted((accepted | set(books.jobs)) - final)
    if not accepted:
        missing.append("nothing was accepted")
    return Line(
        what="accepted = ended",
        left=len(accepted),
        right=len(accepted & final),
        faults=missing,
    )


def _accounted(books: Books) -> Line:
    """Every job was accepted from a client or fired by the schedule, and by one of them, once."""
    origins = Counter([*books.accepted, *(fire.job for fire in books.fires if fire.job)])
    wrong = [job for job, times in origins.items() if times > 1 or job not in books.jobs]
    return Line(
        what="jobs = accepted + fired",
        left=len(books.jobs),
        right=sum(origins.values()),
        faults=sorted({*wrong, *(set(books.jobs) - set(origins))}),
    )


def _of(books: Books) -> dict[str, list[tuple[int, str]]]:
    """The events of each job; a job without any has an empty list."""
    found: dict[str, list[tuple[int, str]]] = {job: [] for job in books.jobs}
    for job, sequence, kind in books.events:
        found.setdefault(job, []).append((sequence, kind))
    return found


def _runs(books: Books) -> Line:
    """A job that was retried ends once a run, before the next one begins."""
    wrong, runs, ends = [], 0, 0
    for job, events in _of(books).items():
        marks = [kind for _, kind in events if kind in ENDS or kind in STARTS]
        starts = [kind in STARTS for kind in marks]
        runs, ends = runs + sum(starts), ends + len(starts) - sum(starts)
        if not starts or starts != [True, False] * (len(starts) // 2):
            wrong.append(job)
    return Line(what="runs = ends", left=runs, right=ends, faults=sorted(wrong))


def _gapless(books: Books) -> Line:
    events = _of(books)
    wrong = [
        job
        for job, found in events.items()
        if not found or [sequence for sequence, _ in found] != list(range(1, len(found) + 1))
    ]
    return Line(
        what="jobs = timelines without a gap",
        left=len(books.jobs),
        right=len(events) - len(wrong),
        faults=sorted(wrong),
    )


def _agreeing(books: Books) -> Line:
    """The last event of each job says what its row says."""
    last = {job: found[-1][1] if found else "" for job, found in _of(books).items()}
    wrong = [job for job, kind in last.items() if f"job.{books.jobs.get(job)}" != kind]
    return Line(
        what="status = last event",
        left=len(books.jobs),
        right=len(last) - len(wrong),
        faults=sorted(wrong),
    )


def _told(books: Books) -> Line:
    """Every end was delivered, and the receiver saw it."""
    ends = [d for d in books.deliveries if d["type"] in ENDS]
    untold = [
        d["job_id"] for d in ends if d["status"] != "succeeded" or d["id"] not in books.delivered
    ]
    written = Counter((d["job_id"], d["type"]) for d in ends)
    happened = Counter((job, kind) for job, _, kind in books.events if kind in ENDS)
    return Line(
        what="ended = told",
        left=sum(happened.values()),
        right=len(ends) - len(untold),
        faults=sorted({*untold, *_different(written, happened)}),
    )


def _different(a: Counter[tuple[str, str]], b: Counter[tuple[str, str]]) -> Iterable[str]:
    return (job for job, kind in {*a, *b} if a[job, kind] != b[job, kind])


def _fired(books: Books) -> Line:
    """Every moment between the first and the last fired, and each made its job."""
    moments = [fire.at for fire in books.fires]
    span = (max(moments) - min(moments)).total_seconds() if moments else 0.0
    wrong = [f"{fire.at} {fire.status}" for fire in books.fires if fire.status != "fired"]
    wrong += [f"{fire.at} without a job" for fire in books.fires if not fire.job]
    for earlier, later in itertools.pairwise(moments):
        if (later - earlier).total_seconds() != books.interval:
            wrong.append(f"{earlier} .. {later}")
    return Line(
        what="moments = fires",
        left=round(span / books.interval) + 1,
        right=len(moments),
        faults=wrong if moments else ["nothing fired"],
    )
