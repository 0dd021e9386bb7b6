"""Options for documents that are too long for a model, and what came of their chunks."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from app.client.penstock import Job

F = TypeVar("F", bound=Callable[..., Any])
MOST_CONFLICTS = 10  # that are shown


def chunk_options(command: F) -> F:
    """--chunk --chunk-tokens --skip-failed-chunks."""
    for option in (
        click.option(
            "--skip-failed-chunks", is_flag=True, help="Answer from the chunks that succeeded."
        ),
        click.option(
            "--chunk-tokens",
            type=click.IntRange(200, 200_000),
            metavar="TOKENS",
            help="Split what is longer, into chunks of so many.",
        ),
        click.option(
            "--chunk", is_flag=True, help="Split a document that the model's context cannot hold."
        ),
    ):
        command = option(command)
    return command


def chunking(options: dict[str, Any]) -> dict[str, Any]:
    """The input's `chunking`, if it is wanted; takes its options out of `options`."""
    names = ("chunk", "chunk_tokens", "skip_failed_chunks")
    chunk, tokens, skip = (options.pop(name) for name in names)
    if not (chunk or tokens or skip):
        return {}
    found: dict[str, Any] = {"strategy": "always", "max_tokens": tokens} if tokens else {}
    return {"chunking": found | ({"on_error": "skip"} if skip else {})}


def chunk_lines(job: Job) -> Iterator[str]:
    """A line for each chunk that failed, and for each value that chunks say differently."""
    for report in [stage.get("report") or {} for stage in job.stages]:
        for chunk in report.get("chunks", ()):
            if chunk["status"] != "done":
                error = chunk.get("error") or {}
                why = f"{error.get('code', '')}: {error.get('message', '')}" if error else ""
                at = f"chunk {chunk['index']} (characters {chunk['start']} to {chunk['end']})"
                yield f"{at} {chunk['status']} {why}".rstrip()
        for conflict in report.get("conflicts", ())[:MOST_CONFLICTS]:
            said = "; ".join(f"{v['value']!r} in chunk {v['chunk']}" for v in conflict["values"])
            yield f"chunks differ at {conflict['pointer'] or '/'}: {said}"
