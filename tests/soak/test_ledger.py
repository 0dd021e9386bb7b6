"""The ledger finds what does not add up."""

from typing import Any

import pytest

from tests.soak.ledger import Books, settle


def books(**changes: Any) -> Books:
    given: dict[str, Any] = {
        "accepted": {"a", "b"},
        "jobs": {"a": "succeeded", "b": "failed"},
        "events": [
            *[("a", 1, "job.queued"), ("a", 2, "job.running"), ("a", 3, "job.succeeded")],
            *[("b", 1, "job.queued"), ("b", 2, "job.failed")],
        ],
        "delivered": {"d1", "d2"},
        "deliveries": [
            {"id": "d1", "job_id": "a", "type": "job.succeeded", "status": "succeeded"},
            {"id": "d2", "job_id": "b", "type": "job.failed", "status": "succeeded"},
        ],
        "usage": [("s1", "succeeded"), ("s2", "unknown")],
        "completed_calls": 2,
    }
    return Books(**(given | changes))


def wrong(found: Books) -> list[str]:
    return [line.what for line in settle(found) if not line.good]


def test_it_adds_up() -> None:
    assert wrong(books()) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"accepted": {"a", "b", "c"}}, "accepted = ended"),
        ({"jobs": {"a": "running", "b": "failed"}}, "accepted = ended"),
        ({"events": [*books().events, ("a", 4, "job.succeeded")]}, "ends = runs"),
        ({"events": [e for e in books().events if e[1] != 2]}, "events without a gap"),
        ({"delivered": {"d1"}}, "ended = told"),
        ({"deliveries": books().deliveries[:1]}, "ended = told"),
        ({"completed_calls": 3}, "calls completed <= usage rows"),
        ({"usage": [("s1", "succeeded"), ("s2", "in_flight")]}, "no usage row left open"),
    ],
)
def test_it_finds(changes: dict[str, Any], line: str) -> None:
    assert line in wrong(books(**changes))
