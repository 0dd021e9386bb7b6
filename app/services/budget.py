"""What a job may spend, in dollars and tokens, held against what its calls have taken."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.repositories.records import Call

PARTS = ("input", "cache_read", "cache_write", "output", "reasoning")
SHARED = ("max_cost", "max_tokens")  # of a batch each item has its equal share


def shares(given: Mapping[str, Any], items: int) -> dict[str, float]:
    """What each of so many items may spend; kept with the job as `max_cost_each` and so on."""
    return {f"{name}_each": given[name] / items for name in SHARED if name in given}


def over_budget(calls: Sequence[Call], given: Mapping[str, Any]) -> bool:
    """Whether the next call would begin with nothing left of `max_cost` or `max_tokens`."""
    cost, tokens = _limit(given, "max_cost"), _limit(given, "max_tokens")
    too_dear = cost is not None and _cost(calls) >= cost * 1_000_000
    return too_dear or (tokens is not None and _tokens(calls) >= tokens)


def spent(calls: Sequence[Call], given: Mapping[str, Any]) -> dict[str, Any]:
    """The error that a job ends with."""
    found = []
    cost, tokens = _limit(given, "max_cost"), _limit(given, "max_tokens")
    if cost is not None:
        found.append(f"cost ${_cost(calls) / 1_000_000:.6f} of ${cost:.6f} allowed")
    if tokens is not None:
        found.append(f"took {_tokens(calls)} tokens of {tokens:.0f} allowed")
    last = next((call.error for call in reversed(calls) if call.error), None) or {}
    message = f"{len(calls)} calls {' and '.join(found)}"
    return {"code": "over_budget", "message": message, "errors": last.get("errors", [])}


def _limit(given: Mapping[str, Any], name: str) -> float | None:
    """Of an item its share."""
    found: float | None = given.get(f"{name}_each", given.get(name))
    return found


def _cost(calls: Sequence[Call]) -> int:
    return sum(call.cost_micros or 0 for call in calls)


def _tokens(calls: Sequence[Call]) -> int:
    """As billed: read from and written to caches, and reasoned with, too."""
    return sum(
        sum(getattr(call, f"{part}_tokens") or 0 for part in PARTS)  # None: not told
        for call in calls
    )
