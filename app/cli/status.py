"""`penstock status`: the processes and the URLs."""

import sys
import urllib.error
import urllib.request
from typing import Any

import click

from app.cli.exits import EPILOG, NO_ANSWER, OK, reporting
from app.cli.output import echo_json, rows
from app.infra.settings import load_settings
from app.stack.state import is_locked, read_state, start_ticks


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
    processes = [_health(entry, state["urls"]) for entry in state["processes"]]
    if as_json:
        pid = state["supervisor_pid"]
        shown = {"running": True, "supervisor_pid": pid, "data_dir": str(folder)}
        echo_json({**shown, "urls": state["urls"], "processes": processes})
    else:
        rows(
            ("name", "role", "pid", "health", "restarts"),
            [[p[k] for k in ("name", "role", "pid", "health", "restarts")] for p in processes],
        )
        for name, url in state["urls"].items():
            click.echo(f"{name}\t{url}")
        click.echo(f"data\t{folder}")
    sys.exit(OK if all(p["health"] == "running" for p in processes) else NO_ANSWER)


def _health(entry: dict[str, Any], urls: dict[str, str]) -> dict[str, Any]:
    pid = entry["pid"]
    alive = pid is not None and start_ticks(pid) == entry["started_ticks"]
    health = "running" if alive else "restarting"
    if alive and entry["role"] == "api" and not _answers(urls["api"] + "/ready"):
        health = "not ready"
    keys = ("role", "name", "pid", "restarts")
    return {**{k: entry[k] for k in keys}, "health": health}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
