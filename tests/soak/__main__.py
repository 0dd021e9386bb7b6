"""make soak: a steady mixture under random kills, and a ledger at the end."""

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.soak.ledger import Line, read, settle
from tests.soak.mixture import Soak
from tests.support.deployment import Deployment
from tests.support.servers import Servers

PATIENCE = 180.0  # seconds for what is open to end after the load stopped


def soak(folder: Path, seconds: float, seed: int) -> tuple[list[Line], dict[str, int]]:
    """The ledger's lines, and how often each harm was done."""
    servers = Servers(folder)
    servers.start()
    deployment = None
    try:
        (folder / "soak").mkdir()
        deployment = Deployment(servers, folder / "soak")
        run = Soak(deployment, seed)
        run.start()
        run.run(seconds)
        until = time.monotonic() + PATIENCE
        while not run.settled() and time.monotonic() < until:
            time.sleep(0.5)
        run.receiver.stop()
        return settle(read(deployment, run.accepted, set(run.receiver.ids()))), run.harm
    finally:
        if deployment is not None:
            deployment.stop()
        servers.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same harm again")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args()
    print(f"soaking for {options.minutes:g} minutes, seed {options.seed} ...", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        lines, harm = soak(Path(scratch), options.minutes * 60, options.seed)
    if options.json:
        print(json.dumps({"harm": harm, "ledger": [asdict(line) for line in lines]}))
    else:
        show(lines, harm)
    return 0 if all(line.good for line in lines) else 1


def show(lines: list[Line], harm: dict[str, int]) -> None:
    """The harm done and the ledger, as tables."""
    console = Console()
    done = Table("harm", "times", box=None)
    for name, times in sorted(harm.items()):
        done.add_row(name, str(times))
    ledger = Table("ledger", "left", "right", "", box=None)
    for line in lines:
        verdict = "ok" if line.good else "WRONG: " + ", ".join(line.faults[:5])
        ledger.add_row(line.what, str(line.left), str(line.right), verdict)
    console.print(done)
    console.print(ledger)


if __name__ == "__main__":
    sys.exit(main())
