"""Counts calls, so that a test can say that none was repeated."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

MARK = re.compile(r"\[call-key:([^\]\s]{1,200})\]")


@dataclass
class Tally:
    """Counts since the last clearing."""

    total: int = 0
    completed: int = 0
    peak: int = 0
    by_model: Counter[str] = field(default_factory=Counter)
    by_outcome: Counter[str] = field(default_factory=Counter)
    by_key: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass
class Ticket:
    """One call under way. A call that began before a clearing is not counted after it."""

    tally: Tally
    key: str | None


class Counters:
    """Calls in all, by model, by outcome, and by the `[call-key:...]` found in a prompt."""

    def __init__(self) -> None:
        self._in_flight = 0
        self._tally = Tally()

    def clear(self) -> None:
        """Start again at 0; calls under way stay in flight."""
        self._tally = Tally(peak=self._in_flight)

    def begin(self, model: str, prompt: str) -> Ticket:
        """A call came in."""
        tally = self._tally
        self._in_flight += 1
        tally.total += 1
        tally.peak = max(tally.peak, self._in_flight)
        tally.by_model[model] += 1
        match = MARK.search(prompt)
        key = match[1] if match else None
        if key is not None:
            tally.by_key.setdefault(key, {"started": 0, "completed": 0})["started"] += 1
        return Ticket(tally, key)

    def aside(self) -> Ticket:
        """A call came in that is not counted."""
        self._in_flight += 1
        return Ticket(Tally(), None)

    def end(self, ticket: Ticket, outcome: str) -> None:
        """A call is over: `completed` (answered, and billed), `error`, `cut` or `hung_up`."""
        self._in_flight -= 1
        ticket.tally.by_outcome[outcome] += 1
        if outcome == "completed":
            ticket.tally.completed += 1
            if ticket.key is not None:
                ticket.tally.by_key[ticket.key]["completed"] += 1

    def shown(self) -> dict[str, Any]:
        tally = self._tally
        return {
            "total": tally.total,
            "completed": tally.completed,
            "in_flight": self._in_flight,
            "peak_in_flight": tally.peak,
            "by_model": dict(tally.by_model),
            "by_outcome": dict(tally.by_outcome),
            "by_key": tally.by_key,
        }
