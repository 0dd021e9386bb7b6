"""How long a routing decision takes, and a job whose answer is in the cache."""

import time
from typing import Any

from providers.capabilities import capabilities
from providers.pricing import Rates
from providers.routing.candidates import Candidate, Needs
from providers.routing.router import STRATEGIES, order
from tests.benchmarks.isolation import p99
from tests.support.deployment import Deployment

DEPLOYMENTS = 100
ROUNDS = 300


def decisions() -> dict[str, Any]:
    """Microseconds for a choice among 100 deployments: the median of 300, by strategy."""
    candidates = [
        Candidate(
            name=f"p{n}/m",
            provider=f"p{n}",
            model="m",
            weight=1 + n % 5,
            capabilities=capabilities("openai", "gpt-5-mini"),
            rates=Rates(input=0.25 + n % 3, output=2.0),
            in_flight=n % 7,
            slots=64,
            p95_ms=float(n * 10),
        )
        for n in range(DEPLOYMENTS)
    ]
    needs = Needs(input_tokens=1000, output_tokens=500, structured=True, max_cost_micros=10**6)
    return {f"{name}_us": _median_us(candidates, needs, name) for name in STRATEGIES}


def _median_us(candidates: list[Candidate], needs: Needs, strategy: str) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        order(candidates, needs, strategy)
        times.append(time.perf_counter() - began)
    return 1e6 * sorted(times)[ROUNDS // 2]


def cache_hits(deployment: Deployment, count: int) -> dict[str, Any]:
    """From submission to end, of jobs whose answer is kept; the call itself would take 1 s."""
    deployment.servers.simulate("PUT", "/control/faults", {"*": {"latency_seconds": 1.0}})
    deployment.start("relay", "reconciler", "worker-core", "worker-openai")
    cached = {"cache": {"ttl": 600}}
    deployment.wait(deployment.submit("kept", input=cached))
    times = []
    for _ in range(count):
        began = time.perf_counter()
        job = deployment.submit("kept", input=cached)
        ended = deployment.services.jobs.wait(deployment.principal, job.id, 60)
        assert ended.status == "succeeded", ended
        times.append(time.perf_counter() - began)
    calls = deployment.servers.simulate("GET", "/control/calls")["total"]
    deployment.servers.simulate("DELETE", "/control/faults")
    return {"p50_ms": 1000 * sorted(times)[count // 2], "p99_ms": 1000 * p99(times), "calls": calls}
