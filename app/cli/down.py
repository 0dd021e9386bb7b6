"""`penstock down`: stops the running supervisor."""

import contextlib
import os
import signal
import time
from pathlib import Path

import click

from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json
from app.errors import Unavailable
from app.infra.settings import load_settings
from app.stack.state import holder, is_locked


@click.command(epilog=EPILOG)
@click.option("--timeout", default=60.0, show_default=True, help="Seconds to wait for it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@reporting
def command(timeout: float, as_json: bool) -> None:
    """Stop the stack that runs on the data folder; fine when none does."""
    folder = load_settings().data_dir.resolve()
    pid = holder(folder)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        _wait(folder, pid, timeout)
    if as_json:
        echo_json({"data_dir": str(folder), "supervisor_pid": pid, "stopped": pid is not None})
    else:
        click.echo(f"no stack runs on {folder}" if pid is None else "stopped")


def _wait(folder: Path, pid: int, timeout: float) -> None:
    """Raises Unavailable when the supervisor is still there after `timeout` seconds."""
    until = time.monotonic() + timeout
    while is_locked(folder):
        if time.monotonic() > until:
            raise Unavailable(f"supervisor {pid} did not stop in {timeout:g} s")
        time.sleep(0.1)
