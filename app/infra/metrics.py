"""Prometheus metrics of one process."""

from collections.abc import Mapping
from functools import cache

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
REQUESTS = Counter("penstock_http_requests_total", "Answers", ["method", "route", "status"])
LATENCY = Histogram(
    "penstock_http_request_seconds",
    "Time to answer",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)

SEMANTIC = Counter("penstock_semantic_cache_total", "Looks for nearly the same", ["result"])
OPEN = ("queued", "running", "canceling")
JOBS = Gauge("penstock_jobs", "Jobs of all tenants that have not ended", ["status"])


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer; `route` is the rule, not the path, so that it stays bounded."""
    method = method if method in METHODS else "OTHER"
    count, latency = _measured(method, route, status)
    count.inc()
    latency.observe(seconds)


@cache
def _measured(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looking a label up takes longer than counting."""
    return REQUESTS.labels(method, route, str(status)), LATENCY.labels(method, route)


def show_jobs(counts: Mapping[str, int] | None) -> None:
    """Set the open jobs by status; None: nobody knows, and no number is shown."""
    if counts is None:
        JOBS.clear()
        return
    for status in OPEN:
        JOBS.labels(status).set(counts.get(status, 0))


def render() -> tuple[bytes, str]:
    """The text and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
