"""What the figures are wanted to be, and the table that says whether they are."""

import json
from collections.abc import Iterator
from typing import Any

from rich.table import Table

AT_LEAST = {
    "submissions.ratio": 0.4,
    "submissions.ours_per_second": 1000.0,
    "throughput.ratio": 1.0,
    "in_flight.slots_ratio": 0.8,
}
AT_MOST = {
    "submissions.p99_ms_at_half": 100.0,
    "fairness.ratio": 1.5,
    "cache.p99_ms": 50.0,
    "in_flight.worker_rss_mb": 400.0,
    "overhead.p50_ms": 50.0,
    "million_rows.submit_ratio": 1.3,
    "million_rows.claim_ratio": 1.3,
    "idle_memory.pss_mb": 800.0,
}
AT_MOST |= {
    f"isolation.{trouble}_ratio_{share}": 1.1
    for trouble in ("hanging", "rate_limited", "half_failing", "flooded")
    for share in ("p50", "p99")
}
AT_MOST |= {
    f"routing.{strategy}_us": 100.0
    for strategy in ("least_busy", "lowest_cost", "lowest_latency", "highest_quality")
}


def table(results: dict[str, Any]) -> Table:
    """A line a figure."""
    shown = Table("measure", "figure", "value", "wanted", box=None)
    for measure, figures in results.items():
        for figure, value in _figures(figures) if isinstance(figures, dict) else ():
            text = f"{value:,.2f}" if isinstance(value, float) else json.dumps(value)
            shown.add_row(measure, figure, text, verdict(f"{measure}.{figure}", value))
    return shown


def verdict(figure: str, value: Any) -> str:
    """What is wanted of it and whether it is so; nothing when it is only told."""
    if figure in AT_LEAST:
        wanted, met = f">= {AT_LEAST[figure]:g}", value >= AT_LEAST[figure]
    elif figure in AT_MOST:
        wanted, met = f"<= {AT_MOST[figure]:g}", value <= AT_MOST[figure]
    else:
        return ""
    return wanted if met else f"{wanted}: MISSED"


def _figures(nested: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        if isinstance(value, dict):
            yield from _figures(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
