"""Following jobs to their end: lines in a pipe, a bar for a batch on a terminal."""

import json
from collections.abc import Iterable

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.output import STYLES, console, event_line, is_terminal
from app.client.penstock import Event, Job, Penstock


def follow(api: Penstock, job_id: str, *, after: int = 0, as_json: bool = False) -> Job:
    """Print a job's events as they come; the ended job."""
    events = api.events(job_id, after=after)
    if as_json:
        for event in events:
            click.echo(json.dumps(event.raw, ensure_ascii=False))
    elif is_terminal():
        _bar(events)
    else:
        for event in events:
            click.echo(event_line(event))
    return api.get(job_id)


def _bar(events: Iterable[Event]) -> None:
    """Events scroll by; a batch's progress stays as one bar."""
    columns = (TextColumn("items"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(), transient=True) as bar:
        task = bar.add_task("items", visible=False)
        for event in events:
            if event.type == "job.progress":
                total = event.data.get("total", 0)
                done = total - event.data.get("remaining", 0)
                bar.update(task, total=total, completed=done, visible=True)
                continue
            style = STYLES.get(event.type.rpartition(".")[2], "")
            bar.console.print(event_line(event), style=style, markup=False)


def await_all(api: Penstock, jobs: list[Job], *, quiet: bool) -> list[Job]:
    """Wait for every job, in order; on a terminal with a count unless `quiet`."""
    if quiet or not is_terminal():
        return [api.wait(job.id) for job in jobs]
    ended = []
    columns = (TextColumn("jobs"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(), transient=True) as bar:
        for job in bar.track(jobs):
            ended.append(api.wait(job.id))
    return ended
