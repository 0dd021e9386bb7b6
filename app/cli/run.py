"""`penstock run`: submit files, wait, print what came out."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from app.cli.chunking import chunk_lines, chunk_options, chunking
from app.cli.connection import connect, connection_options
from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json, error_lines, exit_code, job_line
from app.cli.submission import (
    PROMPT,
    extraction,
    input_options,
    job_options,
    pairs,
    read_pictures,
    read_text,
)
from app.cli.watching import await_all, follow
from app.client.penstock import Job, Penstock


@click.command(epilog=EPILOG)
@click.argument("pipeline")
@click.argument("files", nargs=-1, metavar="FILE...")
@input_options
@chunk_options
@job_options
@click.option("--batch", is_flag=True, help="One job with an item a file or picture.")
@connection_options
@reporting
def command(
    pipeline: str,
    files: tuple[str, ...],
    schema_file: str | None,
    prompt: str | None,
    models: tuple[str, ...],
    max_attempts: int | None,
    images: tuple[str, ...],
    metadata: tuple[str, ...],
    idempotency_key: str | None,
    batch: bool,
    url: str | None,
    key: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Run PIPELINE over each FILE (- is stdin), wait, and print the results.

    Pictures (--image) go with each FILE; without one they are a job by themselves.
    One file prints its output alone; several print `FILE: state` above each output, or one
    JSON line each with --json. Ctrl-C leaves the jobs running.

    \b
    Examples:
      penstock run extract invoice.txt --schema invoice.json
      penstock run extract cv/*.txt --schema cv.json --model openai/gpt-5-mini --json
      penstock run extract mails/*.txt --schema mail.json --batch
      penstock run extract report.txt --schema report.json --chunk
      penstock run extract --image front.jpg --image back.jpg --schema card.json
      penstock run extract --image a.png --image b.png --schema receipt.json --batch
    """
    given = {"prompt": PROMPT} | extraction(schema_file, prompt, models, max_attempts)
    given |= chunking(options)
    subjects = _subjects(files, images, batch=batch)
    options["metadata"] = pairs(metadata) or None
    with connect(url, key) as api:
        if batch:
            options["idempotency_key"] = idempotency_key
            sys.exit(_batch(api, pipeline, given, subjects, options, as_json))
        jobs = []
        for index, (name, told) in enumerate(subjects):
            own = f"{idempotency_key}:{index}" if idempotency_key else None
            options["metadata"] = {"file": Path(name).name} | pairs(metadata)
            job = api.submit(pipeline, given | told, idempotency_key=own, **options)
            click.echo(f"{name}: {job.id}", err=True)
            jobs.append(job)
        ended = await_all(api, jobs, quiet=as_json)
    _print([name for name, _ in subjects], ended, as_json)
    sys.exit(exit_code(ended))


def _subjects(
    files: tuple[str, ...], images: tuple[str, ...], *, batch: bool
) -> list[tuple[str, dict[str, Any]]]:
    """What is asked about, each by its name. Raises a usage error."""
    if not (files or images):
        raise click.UsageError("a FILE or an --image is wanted")
    found: list[tuple[str, dict[str, Any]]] = [(n, {"document": read_text(n)}) for n in files]
    if batch:
        return found + [(name, {"images": read_pictures((name,))}) for name in images]
    shown = {"images": read_pictures(images)} if images else {}
    return [(name, told | shown) for name, told in found] or [(images[0], shown)]


def _batch(
    api: Penstock,
    pipeline: str,
    given: dict[str, Any],
    subjects: list[tuple[str, dict[str, Any]]],
    options: dict[str, Any],
    as_json: bool,
) -> int:
    items = [{"id": name[-200:]} | told for name, told in subjects]
    job = api.submit(pipeline, given, items=items, **options)
    click.echo(job.id, err=True)
    job = api.wait(job.id) if as_json else follow(api, job.id)
    for item in api.results(job.id):
        if as_json:
            echo_json(item.raw, pretty=False)
        else:
            _result(item.id or str(item.index), item.status, item.output, item.error)
    if not as_json:
        job_line(job)
    return exit_code([job])


def _print(names: list[str], jobs: list[Job], as_json: bool) -> None:
    for name, job in zip(names, jobs, strict=True):
        if as_json:
            echo_json(job.raw, pretty=None if len(jobs) == 1 else False)
        elif len(jobs) == 1 and job.succeeded:
            click.echo(json.dumps(job.output, indent=2, ensure_ascii=False))
        else:
            _result(name, job.status, job.output, job.error)
        for line in chunk_lines(job):
            click.echo(line, err=True)


def _result(name: str, status: str, output: Any, error: dict[str, Any] | None) -> None:
    click.echo(f"{name}: {status}")
    for line in error_lines(error):
        click.echo(line)
    if output is not None:
        click.echo(json.dumps(output, indent=2, ensure_ascii=False))
