"""`penstock up`: the supervisor, in the foreground."""

import sys

import click

from app.cli.exits import EPILOG, reporting
from app.infra.settings import load_settings
from app.stack.state import KEY
from app.stack.supervisor import Supervisor


@click.command(epilog=EPILOG)
@reporting
def command() -> None:
    """Start the whole stack and stay; Ctrl-C stops all.

    Without PENSTOCK_DATABASE_URL, PENSTOCK_REDIS_URL and PENSTOCK_BROKER_URL, Postgres and
    Valkey run embedded, in the data folder. Without a provider key, answers come from the
    simulator.
    """
    say("starting ...")
    settings = load_settings()
    Supervisor(settings, say).run(_ready)
    say("stopped")


def say(text: str) -> None:
    """A line for whoever watches, at once."""
    sys.stdout.write(f"penstock: {text}\n")
    sys.stdout.flush()


def _ready(supervisor: Supervisor) -> None:
    for name, url in supervisor.urls.items():
        note = "   (answers come from here, not from a vendor)" if name == "simulator" else ""
        say(f"{name:<10} {url}{note}")
    say(f"{'key':<10} {(supervisor.folder / KEY).read_text()}")
    say(f"{'flower':<10} user and password: see secrets.json in the data folder")
    say(f"{'data':<10} {supervisor.folder}")
    say("ready; Ctrl-C stops all")
