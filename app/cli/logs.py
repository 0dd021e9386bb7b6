"""`penstock logs`: the log files of the data folder."""

import json
import os
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json
from app.infra.settings import load_settings

Place = tuple[int, int]  # inode and offset
Show = Callable[[Path, str], None]


@click.command(epilog=EPILOG)
@click.argument("role", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on.")
@click.option(
    "-n",
    "--lines",
    default=100,
    show_default=True,
    type=click.IntRange(0),
    help="Lines of each to begin with.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
@reporting
def command(role: str | None, follow: bool, lines: int, as_json: bool) -> None:
    """Show the logs of ROLE (api, relay, worker-openai, postgres ...), or of all.

    "worker" stands for every worker.
    """
    folder = load_settings().data_dir.resolve()
    files = _files(folder, role)
    if role is not None and not files:
        known = ", ".join(f.stem for f in _files(folder, None)) or "none yet"
        raise click.UsageError(f"no log of {role!r}; there are: {known}")
    if not files:
        click.echo(f"no logs in {folder} yet; `penstock up` writes some", err=True)
    show = partial(_show, many=role is None or len(files) != 1, as_json=as_json)
    ends = {file: _last(file, lines, show) for file in files}
    while follow:
        for file in _files(folder, role):  # a role may start later
            ends[file] = _more(file, ends.get(file, (0, 0)), show)
        time.sleep(0.25)


def _files(folder: Path, role: str | None) -> list[Path]:
    found = sorted({*folder.glob("logs/*.log"), *folder.glob("*.log")})
    return [f for f in found if role is None or f.stem == role or f.stem.startswith(f"{role}-")]


def _last(file: Path, lines: int, show: Show) -> Place:
    with file.open(errors="replace") as stream:
        for line in deque(stream, maxlen=lines):
            show(file, line)
        return os.fstat(stream.fileno()).st_ino, stream.tell()


def _more(file: Path, place: Place, show: Show) -> Place:
    with file.open(errors="replace") as stream:
        there = os.fstat(stream.fileno())
        inode, start = place
        if there.st_ino == inode and there.st_size >= start:
            stream.seek(start)  # else it is another file by now: from its beginning
        for line in stream.readlines():
            show(file, line)
        return there.st_ino, stream.tell()


def _show(file: Path, line: str, *, many: bool, as_json: bool) -> None:
    line = line.rstrip()
    if as_json:
        echo_json({"log": file.stem, "line": _value(line)}, pretty=False)
    else:
        click.echo(f"{file.stem} | {line}" if many else line)


def _value(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line
