"""`penstock jobs`: submit, get, list, watch, cancel, retry, results."""

import sys
from typing import Any

import click

from app.cli.chunking import chunk_options, chunking
from app.cli.connection import connect, connection_options
from app.cli.exits import EPILOG, reporting
from app.cli.job_view import show_job
from app.cli.output import echo_json, exit_code, job_line, moment, rows
from app.cli.submission import (
    PROMPT,
    extraction,
    input_options,
    job_options,
    pairs,
    read_items,
    read_json,
    read_pictures,
    read_text,
)
from app.cli.watching import follow


@click.group(epilog=EPILOG)
def command() -> None:
    """Submit jobs and look after them.

    \b
    Examples:
      penstock jobs submit extract --document invoice.txt --schema invoice.json
      penstock jobs list --status failed
      penstock jobs watch job_06a...
    """


@command.command(epilog=EPILOG)
@click.argument("pipeline")
@click.option("--document", "document_file", metavar="FILE", help="The document; - is stdin.")
@click.option("--input", "input_file", metavar="FILE", help="The whole input as JSON; - is stdin.")
@click.option("--items", "items_file", metavar="FILE", help="A batch: JSON array or JSONL.")
@click.option("--join", type=click.Choice(["all", "any"]), help="When a batch succeeds.")
@input_options
@chunk_options
@job_options
@click.option("--watch", "watch_it", is_flag=True, help="Follow it to its end.")
@connection_options
@reporting
def submit(
    pipeline: str,
    document_file: str | None,
    input_file: str | None,
    items_file: str | None,
    join: Any,
    schema_file: str | None,
    prompt: str | None,
    models: tuple[str, ...],
    max_attempts: int | None,
    images: tuple[str, ...],
    metadata: tuple[str, ...],
    watch_it: bool,
    url: str | None,
    key: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Hand in a job and print its id; it is durable from then on.

    \b
    Examples:
      penstock jobs submit extract --document cv.txt --schema cv.json --prompt "The CV's data."
      penstock jobs submit extract --input input.json --items items.jsonl --watch
    """
    given = dict(read_json(input_file)) if input_file else {}
    given |= extraction(schema_file, prompt, models, max_attempts) | chunking(options)
    if document_file:
        given["document"] = read_text(document_file)
    if images:
        given["images"] = read_pictures(images)
    if document_file or images:
        given.setdefault("prompt", PROMPT)
    items = read_items(items_file) if items_file else None
    named = pairs(metadata) or None
    with connect(url, key) as api:
        job = api.submit(pipeline, given, items=items, join=join, metadata=named, **options)
        if watch_it:
            job = follow(api, job.id, as_json=as_json)
        elif as_json:
            echo_json(job.raw)
        if not as_json:
            job_line(job)
    sys.exit(exit_code([job]) if watch_it else 0)


@command.command(epilog=EPILOG)
@click.argument("job_id", metavar="JOB")
@connection_options
@reporting
def get(job_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Print a job: state, stages, provider calls, output."""
    with connect(url, key) as api:
        job = api.get(job_id)
    echo_json(job.raw) if as_json else show_job(job)


@command.command("list", epilog=EPILOG)
@click.option("--status", help="Only jobs in this state.")
@click.option("--pipeline", help="Only jobs of this pipeline.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--after", metavar="CURSOR", help="Go on from an earlier list's next_cursor.")
@connection_options
@reporting
def list_(
    status: str | None,
    pipeline: str | None,
    limit: int,
    after: str | None,
    url: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """List jobs, newest first."""
    with connect(url, key) as api:
        page = api.page(status=status, pipeline=pipeline, limit=limit, after=after)
    if as_json:
        data = [job.raw for job in page.jobs]
        echo_json({"data": data, "has_more": page.has_more, "next_cursor": page.next_cursor})
        return
    rows(
        ("job", "status", "pipeline", "created", "ended"),
        [(j.id, j.status, j.pipeline, moment(j.created_at), moment(j.ended_at)) for j in page.jobs],
    )
    if page.has_more:
        click.echo(f"more: --after {page.next_cursor}", err=True)


@command.command(epilog=EPILOG)
@click.argument("job_id", metavar="JOB")
@click.option("--after", default=0, help="Only events past this sequence.")
@connection_options
@reporting
def watch(job_id: str, after: int, url: str | None, key: str | None, as_json: bool) -> None:
    """Print a job's events as they happen, until it ends; its state is the exit code."""
    with connect(url, key) as api:
        job = follow(api, job_id, after=after, as_json=as_json)
    if not as_json:
        job_line(job)
    sys.exit(exit_code([job]))


@command.command(epilog=EPILOG)
@click.argument("job_id", metavar="JOB")
@connection_options
@reporting
def cancel(job_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Stop a job; harmless when it has ended."""
    with connect(url, key) as api:
        job = api.cancel(job_id)
    echo_json(job.raw) if as_json else job_line(job)


@command.command(epilog=EPILOG)
@click.argument("job_id", metavar="JOB")
@connection_options
@reporting
def delete(job_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Erase all that an ended job holds; what its calls cost stays on record."""
    with connect(url, key) as api:
        api.delete_job(job_id)
    echo_json({"id": job_id, "erased": True}) if as_json else click.echo(f"erased {job_id}")


@command.command(epilog=EPILOG)
@click.argument("job_id", metavar="JOB")
@connection_options
@reporting
def retry(job_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Run a failed, canceled or expired job again from its first undone stage."""
    with connect(url, key) as api:
        job = api.retry(job_id)
    echo_json(job.raw) if as_json else job_line(job)


@command.command(epilog=EPILOG)
@click.argument("job_id", metavar="JOB")
@connection_options
@reporting
def results(job_id: str, url: str | None, key: str | None, as_json: bool) -> None:
    """Print a batch's items as JSON lines, in order."""
    with connect(url, key) as api:
        for item in api.results(job_id):
            echo_json(item.raw, pretty=False)
