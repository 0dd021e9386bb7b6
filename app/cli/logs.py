"""`penstock logs`: the log files of the data folder."""

import time
from collections import deque
from pathlib import Path

import click

from app.cli.exits import EPILOG, reporting
from app.infra.settings import load_settings


@click.command(epilog=EPILOG)
@click.argument("role", required=False)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written from now on.")
@click.option("-n", "--lines", default=100, show_default=True, help="Lines of each to begin with.")
@reporting
def command(role: str | None, follow: bool, lines: int) -> None:
    """Show the logs of ROLE (api, relay, worker-openai, postgres ...), or of all.

    "worker" stands for every worker.
    """
    folder = load_settings().data_dir.resolve()
    files = sorted({*folder.glob("logs/*.log"), *folder.glob("*.log")})
    if role is not None:
        chosen = [f for f in files if f.stem == role or f.stem.startswith(f"{role}-")]
        if not chosen:
            known = ", ".join(f.stem for f in files) or "none yet"
            raise click.UsageError(f"no log of {role!r}; there are: {known}")
        files = chosen
    many = len(files) != 1
    ends = {file: _last(file, lines, many) for file in files}
    while follow:
        for file in files:
            ends[file] = _more(file, ends[file], many)
        time.sleep(0.25)


def _last(file: Path, lines: int, many: bool) -> int:
    with file.open(errors="replace") as stream:
        for line in deque(stream, maxlen=lines):
            _show(file, line, many)
        return stream.tell()


def _more(file: Path, start: int, many: bool) -> int:
    if file.stat().st_size < start:  # it was rotated
        start = 0
    with file.open(errors="replace") as stream:
        stream.seek(start)
        for line in stream.readlines():
            _show(file, line, many)
        return stream.tell()


def _show(file: Path, line: str, many: bool) -> None:
    click.echo(f"{file.stem} | {line.rstrip()}" if many else line.rstrip())
