"""make bench: every measure in one run, as a table and as ops/bench/results.json."""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.benchmarks import deliveries, isolation, measures, million, routing, schemas, sharing
from tests.benchmarks.wanted import table
from tests.support.deployment import Deployment
from tests.support.servers import Servers

RESULTS = Path(__file__).parents[2] / "ops" / "bench" / "results.json"
# Tests recover within a second or so; what is measured goes by the defaults.
AS_SHIPPED = {
    "PENSTOCK_WORKER_HEARTBEAT_SECONDS": "5",
    "PENSTOCK_RECONCILER_INTERVAL_SECONDS": "2",
    "PENSTOCK_RECONCILER_JOIN_GRACE_SECONDS": "5",
    "PENSTOCK_RELAY_POLL_SECONDS": "1",
    "PENSTOCK_RELAY_LOCK_SECONDS": "10",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller counts, rougher figures")
    parser.add_argument("--only", choices=_measures(True, Path()), help="one measure")
    options = parser.parse_args()
    results: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "quick": options.quick,
    }
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        servers = Servers(Path(scratch))
        servers.start()
        try:
            for name, measure in _measures(options.quick, Path(scratch)).items():
                if options.only in (None, name):
                    print(f"measuring {name} ...", flush=True)
                    results[name] = _run(servers, Path(scratch) / name, measure)
        finally:
            servers.stop()
    Console().print(table(results))
    if options.only is None:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        print(f"written to {RESULTS.relative_to(RESULTS.parents[2])}")


Measure = Callable[[Deployment], dict[str, Any]]


def _measures(quick: bool, scratch: Path) -> dict[str, Measure]:
    return {
        "submissions": lambda d: measures.submissions(d, 3 if quick else 8),
        "throughput": lambda d: measures.throughput(d, 1000 if quick else 2000),
        "raw_chains": lambda d: sharing.raw_chains(d, 500 if quick else 2000),
        "fairness": lambda d: sharing.fairness(d, 1000 if quick else 5000),
        "isolation": lambda d: isolation.isolation(d, 30 if quick else 250),
        "routing": lambda d: routing.decisions(),
        "cache": lambda d: routing.cache_hits(d, 100 if quick else 500),
        "schemas": lambda d: schemas.schemas(d, 100 if quick else 400),
        "deliveries": lambda d: deliveries.deliveries(d, 200 if quick else 1000),
        "in_flight": lambda d: measures.in_flight(d, 500, 1 if quick else 4),
        "overhead": lambda d: measures.overhead(d, 20 if quick else 100),
        "batches": lambda d: measures.batches(d, [100, 1000] if quick else [100, 1000, 10_000]),
        "million_rows": lambda d: million.million_rows(d, 50_000 if quick else 1_000_000),
        "idle_memory": lambda d: measures.idle_memory(scratch / "idle"),
    }


def _run(servers: Servers, folder: Path, measure: Measure) -> dict[str, Any]:
    folder.mkdir()
    slots = 500 if folder.name == "in_flight" else 64
    cores = max(1, (os.cpu_count() or 2) // 2)  # the others are busy with calls and Postgres
    deployment = Deployment(
        servers, folder, lease_seconds=30, concurrency=slots, core_concurrency=cores
    )
    deployment.configure(**AS_SHIPPED)
    try:
        return measure(deployment)
    finally:
        deployment.stop()


if __name__ == "__main__":
    main()
