"""make soak: a steady mixture under random kills, and a ledger at the end."""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.soak.books import read
from tests.soak.ledger import Line, settle
from tests.soak.mixture import INTERVAL, Soak
from tests.support.deployment import Deployment
from tests.support.rabbitmq import RabbitMQ, server_script
from tests.support.servers import Servers

PATIENCE = 240.0  # seconds for what is open to end after the load stopped


@dataclass(frozen=True, kw_only=True)
class Outcome:
    lines: list[Line]
    harm: dict[str, int]  # how often each was done
    load: dict[str, int]  # what the client did
    undone: list[str]  # harms that a run of this length never came to

    @property
    def good(self) -> bool:
        return all(line.good for line in self.lines) and not self.undone


def soak(
    folder: Path, seconds: float, seed: int, *, pace: float = 4.0, broker: str = "redis"
) -> Outcome:
    """Run for so many seconds, let everything end, and settle the books."""
    with _servers(folder, broker) as (servers, rabbitmq):
        (folder / "soak").mkdir()
        url = rabbitmq.url if rabbitmq else None
        deployment = Deployment(servers, folder / "soak", broker_url=url)
        try:
            run = Soak(deployment, seed, pace, rabbitmq)
            run.start()
            run.run(seconds)
            until = time.monotonic() + PATIENCE
            while not run.settled() and time.monotonic() < until:
                time.sleep(0.5)
            run.receiver.stop()
            books = read(deployment, run.load.accepted, set(run.receiver.ids()), INTERVAL)
        finally:
            deployment.stop()
    return Outcome(
        lines=settle(books),
        harm=run.harm,
        load=run.load.counts,
        undone=[name for name, times in run.harm.items() if not times],
    )


@contextmanager
def _servers(folder: Path, broker: str) -> Iterator[tuple[Servers, RabbitMQ | None]]:
    servers = Servers(folder)
    rabbitmq = RabbitMQ(folder / "rabbitmq") if broker == "rabbitmq" else None
    try:
        servers.start()
        if rabbitmq is not None:
            rabbitmq.start()
        yield servers, rabbitmq
    finally:
        if rabbitmq is not None:
            rabbitmq.stop()
        servers.stop()


def main(argv: list[str] | None = None) -> int:
    """0: the books add up; 1: they do not, or a harm was never done."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same harm again")
    parser.add_argument("--broker", choices=["redis", "rabbitmq"], default="redis")
    parser.add_argument("--pace", type=float, default=4.0, help="seconds between harms")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args(argv)
    if options.broker == "rabbitmq" and server_script() is None:
        parser.error("RabbitMQ is not installed here")
    print(f"soaking for {options.minutes:g} minutes, seed {options.seed} ...", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o755)
        outcome = soak(
            Path(scratch),
            options.minutes * 60,
            options.seed,
            pace=options.pace,
            broker=options.broker,
        )
    if options.json:
        print(json.dumps(asdict(outcome)))
    else:
        show(outcome)
    return 0 if outcome.good else 1


def show(outcome: Outcome) -> None:
    """The load, the harm done and the ledger, as tables."""
    console = Console()
    done = Table("load and harm", "times", box=None)
    for name, times in (*outcome.load.items(), *sorted(outcome.harm.items())):
        done.add_row(name, str(times) if times else "0: never done")
    ledger = Table("ledger", "left", "right", "", box=None)
    for line in outcome.lines:
        verdict = "ok" if line.good else "WRONG: " + ", ".join(line.faults[:5])
        ledger.add_row(line.what, str(line.left), str(line.right), verdict)
    console.print(done)
    console.print(ledger)


if __name__ == "__main__":
    sys.exit(main())
