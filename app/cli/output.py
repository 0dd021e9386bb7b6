"""How results look: JSON, rich tables on a terminal, plain lines in a pipe."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from app.client.penstock import ENDED, Event, Job

STYLES = {
    "succeeded": "green",
    "done": "green",
    "failed": "red",
    "dead": "red",
    "expired": "red",
    "canceled": "yellow",
    "canceling": "yellow",
    "running": "cyan",
}


def is_terminal() -> bool:
    return sys.stdout.isatty()


def console() -> Console:
    """Standard output, looked up anew so that a redirection holds."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=not is_terminal())


def echo_json(value: Any, *, pretty: bool | None = None) -> None:
    """One JSON value: indented on a terminal, one line in a pipe."""
    indent = 2 if (is_terminal() if pretty is None else pretty) else None
    click.echo(json.dumps(value, indent=indent, ensure_ascii=False))


def colored(word: str) -> str:
    style = STYLES.get(word)
    return f"[{style}]{word}[/]" if style else word


def rows(headings: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """A table on a terminal; tab-separated lines, without headings, in a pipe."""
    texts = [["" if cell is None else str(cell) for cell in line] for line in lines]
    if not is_terminal():
        for line in texts:
            click.echo("\t".join(line))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    for line in texts:
        table.add_row(*(colored(cell) for cell in line))
    widths = (max(map(len, column)) for column in zip(headings, *texts, strict=True))
    out = console()  # a narrow terminal breaks the lines; nothing is cut off
    out.width = max(out.width, sum(widths) + 2 * len(headings))
    out.print(table)


def moment(text: str | None) -> str | None:
    """A time as sent in a pipe, to the second on a terminal."""
    return text[:19].replace("T", " ") if text and is_terminal() else text


def job_line(job: Job) -> None:
    """`id status` and, for a batch, its counts."""
    text = f"{job.id} {job.status}"
    if job.progress:
        text += " " + progress_text(job.progress)
    click.echo(text)


def progress_text(progress: dict[str, int]) -> str:
    total = progress.get("total", 0)
    ended = total - progress.get("remaining", 0)
    return f"{ended}/{total} items, {progress.get('failed', 0)} failed"


def error_lines(error: dict[str, Any] | None, indent: str = "  ") -> list[str]:
    """`code: message`, then a line for each pointer."""
    if not error:
        return []
    faults = error.get("errors") or []
    first = f"{indent}{error.get('code', 'error')}: {error.get('message', '')}"
    return [first, *(f"{indent}  {f.get('pointer') or '/'}: {f.get('detail')}" for f in faults)]


def event_line(event: Event) -> str:
    """`time type key=value ...` of one event."""
    clock = event.created_at[11:19]
    data = " ".join(f"{k}={_short(v)}" for k, v in event.data.items() if v not in (None, "", {}))
    return f"{clock} {event.type} {data}".rstrip()


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "..."


def exit_code(jobs: Iterable[Job]) -> int:
    """0 when every job succeeded, 1 when one ended otherwise."""
    return int(any(job.status in ENDED and not job.succeeded for job in jobs))


def money(micros: int | None) -> str:
    """Micro-dollars as dollars."""
    return "unpriced" if micros is None else f"${micros / 1_000_000:.6f}"
