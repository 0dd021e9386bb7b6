"""What one provider's trouble costs the jobs of another."""

import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.benchmarks.sharing import one
from tests.support.deployment import Deployment

HEALTHY = "gemini/gemini-2.5-flash"
ROLES = ("relay", "reconciler", "worker-core", "worker-openai", "worker-gemini")
NOTHING: dict[str, Any] = {}
# What is wrong with OpenAI meanwhile, and how many jobs it is sent for one of the healthy one's.
TROUBLES: dict[str, tuple[dict[str, Any], float]] = {
    "hanging": ({"timeout": True}, 1.0),
    "rate_limited": ({"rate_limit": {"times": 10**9, "retry_after": 1}}, 1.0),
    "half_failing": ({"error_status": 503, "every": 2}, 1.0),
    "flooded": (NOTHING, 10.0),
}
CALL = 0.3  # seconds: few models answer any sooner
# Ten times as many of these are what two cores can do: the flood takes the machine, not a queue.
SHORT_CALL = 0.1


def isolation(deployment: Deployment, count: int) -> dict[str, Any]:
    """Gemini's jobs alone and beside each trouble; one after another."""
    deployment.start(*ROLES)
    deployment.wait(deployment.submit("warm", input={"model": HEALTHY}))
    deployment.wait(deployment.submit("warm-too"))
    figures = _beside(deployment, count, CALL, TROUBLES)
    machine_full = {"machine_full": TROUBLES["flooded"]}
    short = _beside(deployment, count, SHORT_CALL, machine_full)
    deployment.servers.simulate("DELETE", "/control/faults")
    return figures | {name: value for name, value in short.items() if name not in figures}


def _beside(
    deployment: Deployment, count: int, seconds: float, troubles: dict[str, Any]
) -> dict[str, Any]:
    usual = {"latency_seconds": seconds}
    deployment.servers.simulate("PUT", "/control/faults", {HEALTHY: usual})
    alone = [one(deployment, f"alone-{seconds}-{n}", HEALTHY) for n in range(count)]
    figures: dict[str, Any] = {
        "alone_p50_ms": 1000 * statistics.median(alone),
        "alone_p99_ms": 1000 * p99(alone),
    }
    for name, (fault, times) in troubles.items():
        faults = {HEALTHY: usual, "openai/gpt-5-mini": fault or usual}
        deployment.servers.simulate("PUT", "/control/faults", faults)
        print(f"  beside a provider: {name} ...", flush=True)
        with _troubled(deployment, name, times / statistics.median(alone)):
            beside = [one(deployment, f"{name}-{n}", HEALTHY) for n in range(count)]
        figures[f"{name}_ratio_p50"] = statistics.median(beside) / statistics.median(alone)
        figures[f"{name}_ratio_p99"] = p99(beside) / p99(alone)
    return figures


@contextmanager
def _troubled(deployment: Deployment, name: str, rate: float) -> Iterator[None]:
    """Jobs for the other provider, at a steady rate, until the block ends; then none is left."""
    stopped = threading.Event()
    jobs: list[str] = []

    def flood() -> None:
        while not stopped.wait(1 / rate):
            jobs.append(deployment.submit(f"trouble-{name}-{len(jobs)}").id)

    thread = threading.Thread(target=flood)
    thread.start()
    deployment.until(lambda: len(jobs) >= 2 * rate)  # it has begun to hurt
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        for job in jobs:
            deployment.services.jobs.cancel(deployment.principal, job)


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
