"""A vendor's limits: requests and tokens a minute, as buckets that fill evenly."""

import time
from typing import Any

UNITS = ("requests", "tokens")


def seconds_over(limits: dict[str, Any], tokens: int) -> float | None:
    """Count a call of so many tokens; or, when it is over a limit, seconds until it is not.

    `limits` is the fault, which remembers what is left: {"requests": 600, "tokens": 90000,
    "at_once": 0.1}; at_once is the part of a minute's limit that a full bucket holds.
    """
    now, spent = time.monotonic(), {"requests": 1, "tokens": tokens}
    waits = [
        _fill(limits, unit, now, spent[unit]) for unit in UNITS if limits.get(unit) is not None
    ]
    if any(waits):
        return max(waits)
    for unit in UNITS:
        if limits.get(unit) is not None:
            limits["_left"][unit][0] -= spent[unit]
    return None


def _fill(limits: dict[str, Any], unit: str, now: float, wanted: int) -> float:
    """Seconds until the unit's bucket has what is wanted, or is full."""
    most, rate = max(1.0, limits[unit] * limits.get("at_once", 1.0)), limits[unit] / 60
    bucket: list[float] = limits.setdefault("_left", {}).setdefault(unit, [most, now])
    left = min(most, bucket[0] + (now - bucket[1]) * rate)
    bucket[:] = left, now
    return float(max(0.0, min(wanted, most) - left) / rate)
