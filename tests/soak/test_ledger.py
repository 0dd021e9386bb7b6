"""The ledger finds what does not add up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.soak import __main__ as command
from tests.soak.books import Books, Call, Fire
from tests.soak.ledger import Line, settle

START = datetime(2026, 11, 21, tzinfo=UTC)
PAID = "stages done = valid answers"
COMPLETED = "calls completed = rows"
BEGUN = "calls begun = rows"


def fire(n: int, **more: Any) -> Fire:
    at = START + timedelta(seconds=2 * n)
    return replace(Fire(schedule="s", at=at, status="fired", job=f"f{n}"), **more)


def events(*jobs: tuple[str, str]) -> list[tuple[str, int, str]]:
    return [
        event
        for job, end in jobs
        for event in ((job, 1, "job.queued"), (job, 2, "job.running"), (job, 3, f"job.{end}"))
    ]


ALL = (("a", "succeeded"), ("b", "failed"), ("f0", "succeeded"), ("f1", "succeeded"))
GOOD = Books(
    accepted=["a", "b"],
    jobs=dict(ALL),
    events=events(*ALL),
    delivered={f"d{n}" for n in range(4)},
    deliveries=[
        {"id": f"d{n}", "job_id": job, "type": f"job.{end}", "status": "succeeded"}
        for n, (job, end) in enumerate(ALL)
    ],
    calls=[
        Call(stage="sa", key="ka", outcome="failed"),
        Call(stage="sa", key="ka", outcome="unknown"),
        Call(stage="sa", key="ka", outcome="succeeded", verdict="valid"),
        Call(stage="sb", key="kb", outcome="succeeded", verdict="invalid"),
    ],
    simulated={"ka": {"started": 3, "completed": 2}, "kb": {"started": 1, "completed": 1}},
    done={"sa"},
    fires=[fire(0), fire(1)],
    interval=2.0,
)


def wrong(books: Books) -> list[str]:
    return [line.what for line in settle(books) if not line.good]


def test_it_adds_up() -> None:
    assert wrong(GOOD) == []


def test_a_job_that_was_retried_ends_twice() -> None:
    more = [("b", 4, "job.retried"), ("b", 5, "job.failed")]
    told = {"id": "d9", "job_id": "b", "type": "job.failed", "status": "succeeded"}
    assert wrong(replace(GOOD, events=[*GOOD.events, *more], delivered={*GOOD.delivered, "d9"},
                         deliveries=[*GOOD.deliveries, told])) == []  # fmt: skip


def simulated(key: str, started: int, completed: int) -> dict[str, Any]:
    return {"simulated": {**GOOD.simulated, key: {"started": started, "completed": completed}}}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"accepted": ["a", "b", "lost"]}, "accepted = ended"),
        ({"accepted": []}, "accepted = ended"),
        ({"jobs": {**GOOD.jobs, "a": "running"}}, "accepted = ended"),
        ({"accepted": ["a", "b", "b"]}, "jobs = accepted + fired"),
        ({"accepted": ["a"]}, "jobs = accepted + fired"),
        ({"fires": [fire(0), fire(1, job="f0")]}, "jobs = accepted + fired"),
        ({"events": [*GOOD.events, ("a", 4, "job.succeeded")]}, "runs = ends"),
        ({"events": [e for e in GOOD.events if e[2] != "job.queued"]}, "runs = ends"),
        ({"events": [*GOOD.events, ("a", 4, "job.retried")]}, "runs = ends"),
        ({"events": [e for e in GOOD.events if e[0] != "a"]}, "jobs = timelines without a gap"),
        ({"events": [e for e in GOOD.events if e[1] != 2]}, "jobs = timelines without a gap"),
        ({"events": [*GOOD.events, ("a", 4, "stage.done")]}, "status = last event"),
        ({"jobs": {**GOOD.jobs, "a": "canceled"}}, "status = last event"),
        ({"delivered": {"d1", "d2", "d3"}}, "ended = told"),
        ({"deliveries": GOOD.deliveries[1:]}, "ended = told"),
        ({"deliveries": [{**d, "status": "failed"} for d in GOOD.deliveries]}, "ended = told"),
        ({"fires": [fire(0), fire(3, job="f1")]}, "moments = fires"),
        ({"fires": [fire(0), fire(1, status="missed")]}, "moments = fires"),
        ({"fires": []}, "moments = fires"),
        ({"calls": [*GOOD.calls, GOOD.calls[2]]}, PAID),
        ({"calls": [*GOOD.calls[:2], GOOD.calls[3]]}, PAID),
        (simulated("ka", 3, 3), COMPLETED),
        (simulated("kb", 1, 0), COMPLETED),
        (simulated("other", 1, 1), COMPLETED),
        (simulated("kb", 2, 1), BEGUN),
        (simulated("ka", 1, 1), BEGUN),
        (
            {"calls": [*GOOD.calls, Call(stage="s", key="k", outcome="in_flight")]},
            "calls left open",
        ),
    ],
)
def test_it_finds(changes: dict[str, Any], line: str) -> None:
    assert any(found.startswith(line) for found in wrong(replace(GOOD, **changes)))


@pytest.mark.parametrize(
    ("faults", "undone", "code"), [((), [], 0), (("a",), [], 1), ((), ["SIGKILL relay"], 1)]
)
def test_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    faults: tuple[str, ...],
    undone: list[str],
    code: int,
) -> None:
    line = Line(what="accepted = ended", left=2, right=1, faults=faults)
    found = command.Outcome(lines=[line], harm={"SIGKILL relay": 0}, load={}, undone=undone)
    monkeypatch.setattr(command, "soak", lambda folder, *_rest, **_more: found)
    assert command.main(["--minutes", "1"]) == code
    assert ("WRONG: a" in capsys.readouterr().out) == bool(faults)
