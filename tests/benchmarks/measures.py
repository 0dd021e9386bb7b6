"""The measures. Each gives figures and, where there is a floor or a peer, the ratio to it."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import psycopg

from app.stack import roles
from app.stack.process import end, free_port, spawn, wait_for_port
from tests.benchmarks.load import run_load
from tests.support.deployment import ROOT, SCHEMA, Deployment

Figures = dict[str, Any]
ROUNDS = 4  # of ours and the peer's in turn


def _http(deployment: Deployment, argv: list[str], port: int, env: dict[str, str]) -> Any:
    full = {**os.environ, "PYTHONPATH": str(ROOT), **deployment.env, **env}
    process = spawn(argv, log=deployment.folder / f"http-{port}.log", env=full)
    assert wait_for_port(port, process, 30)
    time.sleep(1)
    return process


def submissions(deployment: Deployment, seconds: float) -> Figures:
    """Submissions a second of one API process, against a view that inserts one row."""
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE floor (id bigserial PRIMARY KEY, body text)")
    port = free_port()
    role = roles.api(deployment.settings, port)
    argv = [
        a.replace("app.factory:create_app()", "tests.benchmarks.floor_app:app") for a in role.argv
    ]
    process = _http(deployment, argv, port, {"FLOOR_URL": deployment.database_url})
    floor = run_load(port, "/insert", b"{}", {}, threads=16, seconds=seconds)
    end(process)
    _, token = deployment.services.keys.create(deployment.tenant_id, "bench", ["jobs:write"])
    given = {
        "prompt": "Extract.",
        "schema": SCHEMA,
        "model": "openai/gpt-5-mini",
        "document": "Number: 1\nTotal: 2",
    }
    body = json.dumps({"pipeline": "extract", "input": given}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    deployment.start("reconciler")  # as in any deployment: it analyzes tables that begin to fill
    process = _http(deployment, list(role.argv), port, {"PENSTOCK_LOGGING_LEVEL": "WARNING"})
    run_load(port, "/v1/jobs", body, headers, threads=4, seconds=4)
    ours = run_load(port, "/v1/jobs", body, headers, threads=16, seconds=seconds)
    half = run_load(
        port, "/v1/jobs", body, headers, threads=16, seconds=seconds, per_second=ours.per_second / 2
    )
    end(process)
    return {
        "floor_per_second": floor.per_second,
        "ours_per_second": ours.per_second,
        "p99_ms_at_half": half.p99_ms,
        "failures": ours.failures + half.failures,
        "ratio": ours.per_second / floor.per_second,
    }


def throughput(deployment: Deployment, count: int) -> Figures:
    """Extract jobs a second at no latency, against DBOS on the same Postgres and simulator.

    In turn, because a machine that others share is not as fast from one minute to the next.
    """
    each, ours, peers = count // ROUNDS, 0.0, 0.0  # seconds
    for turn in range(ROUNDS):
        ours += _extract(deployment, turn, each)
        peers += each / _dbos(deployment, each)
    return {
        "ours_per_second": ROUNDS * each / ours,
        "dbos_per_second": ROUNDS * each / peers,
        "ratio": peers / ours,
    }


def _extract(deployment: Deployment, turn: int, count: int) -> float:
    """Seconds that it takes."""
    deployment.configure()  # a stopped one has closed its services
    deployment.start("relay", "reconciler", "worker-core", "worker-openai")
    deployment.wait(*[deployment.submit(f"warm-{turn}-{n}") for n in range(20)])
    began = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: deployment.submit(f"t-{turn}-{n}"), range(count)))
    _until_ended(deployment)
    took = time.perf_counter() - began
    deployment.stop()
    return took


def _until_ended(deployment: Deployment, seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    open_jobs = "SELECT count(*) AS n FROM jobs WHERE status IN ('queued', 'running')"
    while deployment.rows(open_jobs)[0]["n"]:
        assert time.monotonic() < until, "the jobs did not end"
        time.sleep(0.1)


def _dbos(deployment: Deployment, count: int) -> float:
    base = [sys.executable, "-m", "tests.benchmarks.dbos_peer"]
    where = [deployment.servers.new_database(), deployment.servers.simulator_url]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    logs = [Path(tempfile.mkdtemp(dir=deployment.folder)) / "dbos.log" for _ in range(2)]
    workers = [spawn([*base, *where, "worker"], log=log, env=env) for log in logs]
    try:
        for log in logs:
            deployment.until(lambda log=log: "ready" in log.read_text(), 60)
        began = time.perf_counter()
        done = subprocess.run(
            [*base, *where, "enqueue", str(count)],
            env=env,
            timeout=600,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert time.perf_counter() > began
        return count / float(json.loads(done.stdout.splitlines()[-1])["seconds"])
    finally:
        for worker in workers:
            end(worker)


def in_flight(deployment: Deployment, slots: int, rounds: int) -> Figures:
    """Calls in flight on a provider with 2 s latency, one worker; memory of that worker."""
    deployment.servers.simulate("PUT", "/control/faults", {"*": {"latency_seconds": 2.0}})
    deployment.start("relay", "reconciler", "worker-core", "worker-openai")
    for n in range(slots * rounds):
        deployment.submit(f"f-{n}")
    worker = psutil.Process(deployment.pid("worker-openai"))
    peak, rss, began, first = 0, 0, time.perf_counter(), 0.0
    while deployment.rows("SELECT count(*) AS n FROM usage WHERE outcome = 'succeeded'")[0]["n"] < (
        slots * rounds
    ):
        calls = deployment.servers.simulate("GET", "/control/calls")
        if calls["in_flight"] and not first:
            first = time.perf_counter()
        peak, rss = max(peak, calls["in_flight"]), max(rss, worker.memory_info().rss)
        assert time.perf_counter() - began < 300
        time.sleep(0.1)
    took = time.perf_counter() - first
    deployment.servers.simulate("DELETE", "/control/faults")
    return {
        "peak_in_flight": peak,
        "worker_rss_mb": rss / 2**20,
        "seconds": took,
        "ideal_seconds": 2.0 * rounds,
        "slots_ratio": peak / slots,
        "time_ratio": 2.0 * rounds / took,
    }


def overhead(deployment: Deployment, count: int) -> Figures:
    """Job time less provider time on an idle system."""
    deployment.start("relay", "reconciler", "worker-core", "worker-openai")
    deployment.wait(*[deployment.submit(f"w-{n}") for n in range(5)])
    spent = []
    for n in range(count):
        job = deployment.submit(f"o-{n}")
        deployment.services.jobs.wait(deployment.principal, job.id, 30)
        detail = deployment.services.jobs.get(deployment.principal, job.id)
        assert detail.job.ended_at is not None
        total = (detail.job.ended_at - detail.job.created_at).total_seconds() * 1000
        spent.append(total - sum(c.latency_ms or 0 for c in detail.calls))
    return {"p50_ms": statistics.median(spent), "max_ms": max(spent)}


def batches(deployment: Deployment, sizes: list[int]) -> Figures:
    """Seconds a batch takes, and after its last item; linear when the quotients stay flat."""
    deployment.start("relay", "reconciler", "worker-core", "worker-openai")
    deployment.wait(deployment.submit_batch("warm", 10))
    found: Figures = {}
    for size in sizes:
        began = time.perf_counter()
        job = deployment.wait(deployment.submit_batch(f"b{size}", size), seconds=600)[0]
        took = time.perf_counter() - began
        last = deployment.rows(
            "SELECT max(ended_at) AS t FROM stages WHERE job_id = %s AND name = 'item'", job.id
        )[0]["t"]
        assert job.ended_at is not None
        found[f"{size}_items"] = {
            "seconds": took,
            "ms_per_item": 1000 * took / size,
            "join_ms": (job.ended_at - last).total_seconds() * 1000,
        }
    return found


def idle_memory(folder: Path) -> Figures:
    """PSS of the whole embedded stack at rest."""
    from app.infra.settings import load_settings
    from app.stack.session import Stack

    environ = {k: v for k, v in os.environ.items() if not k.startswith("PENSTOCK_")}
    settings = load_settings({"PENSTOCK_DATA_DIR": str(folder)})
    with Stack(settings, environ) as stack:
        time.sleep(8)
        parent = psutil.Process(stack.supervisor_pid)
        family = [parent, *parent.children(recursive=True)]
        pss = {}
        for process in family:
            name = " ".join(process.cmdline())[-40:]
            pss[f"{process.pid} {name}"] = process.memory_full_info().pss / 2**20
    return {"pss_mb": sum(pss.values()), "processes": len(pss)}
