"""`penstock down`: stops the running supervisor."""

import os
import signal
import sys
import time

import click

from app.cli.exits import EPILOG, NO_ANSWER, reporting
from app.infra.settings import load_settings
from app.stack.state import is_locked, read_state


@click.command(epilog=EPILOG)
@click.option("--timeout", default=60.0, show_default=True, help="Seconds to wait for it.")
@reporting
def command(timeout: float) -> None:
    """Stop the stack that runs on the data folder; fine when none does."""
    folder = load_settings().data_dir.resolve()
    if not is_locked(folder):
        click.echo(f"no stack runs on {folder}")
        return
    pid = (read_state(folder) or {}).get("supervisor_pid")
    if pid is None:
        click.echo("Error: the stack is still starting; try again in a moment", err=True)
        sys.exit(NO_ANSWER)
    os.kill(int(pid), signal.SIGTERM)
    until = time.monotonic() + timeout
    while is_locked(folder):
        if time.monotonic() > until:
            click.echo(f"Error: supervisor {pid} did not stop in {timeout:g} s", err=True)
            sys.exit(NO_ANSWER)
        time.sleep(0.1)
    click.echo("stopped")
