"""Counts calls, so that a test can say that none was repeated."""

import re
from collections import defaultdict
from typing import Any

MARK = re.compile(r"\[call-key:([^\]\s]{1,200})\]")


class Counters:
    """Calls in all, by model, and by the `[call-key:...]` found in a prompt."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.total = self.completed = self.in_flight = self.peak = 0
        self.by_model: dict[str, int] = defaultdict(int)
        self.by_key: dict[str, dict[str, int]] = {}

    def begin(self, model: str, prompt: str) -> str | None:
        """A call came in; its key, if it has one."""
        self.total += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        self.by_model[model] += 1
        match = MARK.search(prompt)
        if match is None:
            return None
        self.by_key.setdefault(match[1], {"started": 0, "completed": 0})["started"] += 1
        return match[1]

    def end(self, key: str | None, *, completed: bool) -> None:
        """A call is over; `completed` when a good answer was sent."""
        self.in_flight = max(0, self.in_flight - 1)
        if completed:
            self.completed += 1
            if key in self.by_key:
                self.by_key[key]["completed"] += 1

    def shown(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "completed": self.completed,
            "in_flight": self.in_flight,
            "peak_in_flight": self.peak,
            "by_model": dict(self.by_model),
            "by_key": self.by_key,
        }
