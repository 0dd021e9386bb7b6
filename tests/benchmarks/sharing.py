"""What one tenant's flood costs the others; and what bare Celery does."""

import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from app.services.principals import Principal
from app.stack.process import end, spawn
from tests.benchmarks import raw_celery
from tests.support.deployment import ROOT, Deployment

Figures = dict[str, Any]
SAMPLES = 7


def fairness(deployment: Deployment, backlog: int) -> Figures:
    """A tenant's single job on an empty system, and behind another's backlog; 1 s a call."""
    deployment.servers.simulate("PUT", "/control/faults", {"*": {"latency_seconds": 1.0}})
    deployment.start("relay", "reconciler", "worker-core", "worker-openai")
    flooder = deployment.principal
    tenant = deployment.services.tenants.create(f"other-{uuid4().hex[:8]}")
    other = Principal(tenant_id=tenant.id, key_id="other", scopes=frozenset({"admin"}))
    deployment.wait(deployment.submit("warm"))
    alone = _singles(deployment, other, "alone")
    deployment.principal = flooder
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: deployment.submit(f"flood-{n}"), range(backlog)))
    behind = _singles(deployment, other, "behind")
    left = deployment.rows("SELECT count(*) AS n FROM jobs WHERE status = 'queued'")[0]["n"]
    deployment.servers.simulate("DELETE", "/control/faults")
    return {
        "backlog": backlog,
        "backlog_left": left,
        "alone_p50_seconds": statistics.median(alone),
        "behind_p50_seconds": statistics.median(behind),
        "behind_max_seconds": max(behind),
        "ratio": statistics.median(behind) / statistics.median(alone),
    }


def _singles(deployment: Deployment, principal: Principal, name: str) -> list[float]:
    deployment.principal = principal
    return [one(deployment, f"{name}-{n}", "openai/gpt-5-mini") for n in range(SAMPLES)]


def one(deployment: Deployment, key: str, model: str) -> float:
    """Seconds from a job's submission to its end."""
    job = deployment.submit(key, input={"model": model})
    ended = deployment.services.jobs.wait(deployment.principal, job.id, 120)
    assert ended.ended_at is not None, ended
    return (ended.ended_at - ended.created_at).total_seconds()


def raw_chains(deployment: Deployment, count: int) -> Figures:
    """Celery chains of two tasks that do nothing, on the same broker and worker settings."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **deployment.env}
    bare = [sys.executable, "-m", "celery", "--app=tests.benchmarks.raw_celery:celery"]
    workers = []
    for lane in ("core", "openai"):
        ours = deployment.argv(f"worker-{lane}")
        argv = [*bare, *ours[ours.index("worker") :]]
        workers.append(spawn(argv, log=deployment.folder / f"raw-{lane}.log", env=env))
    celery = raw_celery.make(deployment.settings)
    try:
        raw_celery.publish(celery, 20)
        deployment.until(lambda: raw_celery.ended(celery) == 20)
        began = time.perf_counter()
        raw_celery.publish(celery, count)
        deployment.until(lambda: raw_celery.ended(celery) == count + 20, 300)
        return {"chains_per_second": count / (time.perf_counter() - began)}
    finally:
        for worker in workers:
            end(worker)
