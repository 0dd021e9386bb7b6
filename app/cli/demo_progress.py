"""The demo's live view: a table on a terminal, a line a change in a pipe."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.table import Table

from app.cli.output import colored
from app.client.penstock import Job, Penstock, WaitTimeout

POLL_SECONDS = 0.1


@dataclass
class Row:
    """One job of the demo as the reader sees it."""

    title: str
    model: str
    job: Job
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None

    @property
    def seconds(self) -> float:
        return (self.ended or time.monotonic()) - self.started


def follow_all(console: Console, api: Penstock, rows: list[Row], *, timeout: float) -> None:
    """Poll until every row's job has ended. Raises WaitTimeout after `timeout` seconds."""
    until = time.monotonic() + timeout
    with _view(console, rows) as live:
        while waiting := [row for row in rows if not row.job.ended]:
            now = {job.id: job for job in api.page(limit=100).jobs}
            for row in waiting:
                _update(console, row, now.get(row.job.id, row.job), quiet=live is not None)
            if live is not None:
                live.update(_table(rows))
            if time.monotonic() > until:
                raise WaitTimeout(waiting[0].job, timeout)
            time.sleep(POLL_SECONDS)


def _update(console: Console, row: Row, job: Job, *, quiet: bool) -> None:
    changed, row.job = job.status != row.job.status, job
    if job.ended:
        row.ended = time.monotonic()
    if changed and not quiet:
        console.print(f"{row.seconds:6.2f} s  {job.status:<10} {row.title}  ({row.model})")


@contextmanager
def _view(console: Console, rows: list[Row]) -> Iterator[Live | None]:
    if not console.is_terminal:
        yield None
        return
    with Live(_table(rows), console=console, refresh_per_second=12) as live:
        yield live
        live.update(_table(rows))


def _table(rows: list[Row]) -> Table:
    table = Table("document", "model", "status", "seconds", box=None, header_style="bold")
    for row in rows:
        table.add_row(row.title, row.model, colored(row.job.status), f"{row.seconds:.2f}")
    return table
