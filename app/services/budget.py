"""What a job may cost, held against what its calls have cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.repositories.records import Call


def over_budget(calls: Sequence[Call], given: Mapping[str, Any]) -> bool:
    """Whether the next call would begin with nothing left of `max_cost`."""
    limit = _limit(given)
    return limit is not None and _cost(calls) >= limit * 1_000_000


def spent(calls: Sequence[Call], given: Mapping[str, Any]) -> dict[str, Any]:
    """The error that a job ends with."""
    cost = _cost(calls) / 1_000_000
    message = f"{len(calls)} calls cost ${cost:.6f} of ${_limit(given) or 0:.6f} allowed"
    last = next((call.error for call in reversed(calls) if call.error), None) or {}
    return {"code": "over_budget", "message": message, "errors": last.get("errors", [])}


def _limit(given: Mapping[str, Any]) -> float | None:
    """Dollars; an item of a batch has its equal share."""
    found: float | None = given.get("max_cost_each", given.get("max_cost"))
    return found


def _cost(calls: Sequence[Call]) -> int:
    return sum(call.cost_micros or 0 for call in calls)
