"""`penstock up`: the supervisor, in the foreground."""

import sys
from functools import partial
from typing import TextIO

import click

from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json
from app.infra.settings import load_settings
from app.stack.state import KEY
from app.stack.supervisor import Supervisor


@click.command(epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON when it is ready.")
@reporting
def command(as_json: bool) -> None:
    """Start the whole stack and stay; Ctrl-C stops all.

    Without PENSTOCK_DATABASE_URL, PENSTOCK_REDIS_URL and PENSTOCK_BROKER_URL, Postgres and
    Valkey run embedded, in the data folder. Without a provider key, answers come from the
    simulator. With --json, progress goes to standard error.
    """
    say = partial(_say, sys.stderr if as_json else sys.stdout)
    Supervisor(load_settings(), say).run(_tell_json if as_json else _tell)
    say("stopped")


def _say(stream: TextIO, text: str) -> None:
    """A line for whoever watches, at once."""
    stream.write(f"penstock: {text}\n")
    stream.flush()


def _tell(supervisor: Supervisor) -> None:
    say = partial(_say, sys.stdout)
    for name, url in supervisor.parts.urls.items():
        note = "   (answers come from here, not from a vendor)" if name == "simulator" else ""
        say(f"{name:<10} {url}{note}")
    say(f"{'key':<10} {(supervisor.folder / KEY).read_text()}")
    user, _, password = supervisor.parts.flower_login.partition(":")
    say(f"{'flower':<10} user {user}, password {password}")
    if not supervisor.parts.providers:
        say(
            "note: no provider is configured and the simulator is off, so no job can run; set"
            " OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY, or a [providers] table"
        )
    say(f"{'data':<10} {supervisor.folder}")
    say("ready; Ctrl-C stops all")


def _tell_json(supervisor: Supervisor) -> None:
    folder = supervisor.folder
    shown = {"ready": True, "urls": supervisor.parts.urls, "data_dir": str(folder)}
    echo_json({**shown, "key_file": str(folder / KEY)}, pretty=False)
    sys.stdout.flush()
