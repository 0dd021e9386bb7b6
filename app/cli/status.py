"""`penstock status`: the processes and the URLs."""

import sys

import click

from app.cli.exits import EPILOG, NO_ANSWER, OK, reporting
from app.cli.output import echo_json, moment, rows
from app.infra.settings import load_settings
from app.stack.health import GOOD, health
from app.stack.state import is_locked, read_state

COLUMNS = ("name", "role", "pid", "health", "restarts", "started_at")


@click.command(epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@reporting
def command(as_json: bool) -> None:
    """Show every process with role, pid and health, the URLs and the data folder.

    Exits 0 when all is well, 3 when no stack runs or something in it is not healthy.
    """
    folder = load_settings().data_dir.resolve()
    state = read_state(folder) if is_locked(folder) else None
    if state is None:
        if as_json:
            echo_json({"running": False, "data_dir": str(folder), "processes": [], "urls": {}})
        else:
            click.echo(f"no stack runs on {folder}; `penstock up` starts one")
        sys.exit(NO_ANSWER)
    processes = health(state)
    if as_json:
        pid = state["supervisor_pid"]
        shown = {"running": True, "supervisor_pid": pid, "data_dir": str(folder)}
        echo_json({**shown, "urls": state["urls"], "processes": processes})
    else:
        rows(
            COLUMNS,
            [[*(p[c] for c in COLUMNS[:-1]), moment(p["started_at"])] for p in processes],
        )
        for name, url in state["urls"].items():
            click.echo(f"{name}\t{url}")
        click.echo(f"data\t{folder}")
    sys.exit(OK if all(p["health"] in GOOD for p in processes) else NO_ANSWER)
