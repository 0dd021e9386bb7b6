"""Options that describe a job, shared by `run` and `jobs submit`, and the files they name."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from app.client.pictures import picture

F = TypeVar("F", bound=Callable[..., Any])
PROMPT = "Extract the data that the schema describes from the document."


def input_options(command: F) -> F:
    """--schema --prompt --image --model --max-attempts: the parts of an extraction's input."""
    for option in (
        click.option(
            "--max-attempts", type=click.IntRange(1, 10), help="Answers asked of a model."
        ),
        click.option(
            "--model",
            "models",
            multiple=True,
            metavar="PROVIDER/MODEL",
            help="Repeat it for a fallback: the next is tried when one fails for good.",
        ),
        click.option(
            "--image",
            "images",
            multiple=True,
            metavar="FILE",
            help="A PNG, JPEG, WebP or GIF to look at; may be repeated.",
        ),
        click.option(
            "--prompt", help="What to extract, in words; otherwise what the schema describes."
        ),
        click.option(
            "--schema", "schema_file", metavar="FILE", help="JSON Schema of the answer; - is stdin."
        ),
    ):
        command = option(command)
    return command


def job_options(command: F) -> F:
    """--priority --metadata --deadline --cancel-after --idempotency-key --webhook-url."""
    for option in (
        click.option("--webhook-url", metavar="URL", help="Told when the job has ended."),
        click.option("--idempotency-key", metavar="KEY", help="Same key, same job."),
        click.option("--cancel-after", type=click.FloatRange(min=0), metavar="SECONDS"),
        click.option("--deadline", metavar="TIME", help="RFC 3339; the job expires then."),
        click.option("--metadata", multiple=True, metavar="NAME=VALUE", help="May be repeated."),
        click.option("--priority", type=click.Choice(["high", "normal", "low"])),
    ):
        command = option(command)
    return command


def read_text(name: str) -> str:
    """A file's text, or standard input for `-`. Raises a usage error."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise click.UsageError(f"cannot read {name}: {why}") from error


def read_pictures(names: tuple[str, ...]) -> list[dict[str, str]]:
    """Files as an input's `images`. Raises a usage error for what is no picture."""
    try:
        return [picture(Path(name)) for name in names]
    except (OSError, ValueError) as error:
        raise click.UsageError(f"cannot send a picture: {error}") from error


def read_json(name: str) -> Any:
    """A file's JSON. Raises a usage error that names the line."""
    try:
        return json.loads(read_text(name))
    except ValueError as error:
        raise click.UsageError(f"{name} is not JSON: {error}") from error


def read_items(name: str) -> list[dict[str, Any]]:
    """Items from a JSON array or a JSONL file."""
    text = read_text(name)
    try:
        if text.lstrip().startswith("["):
            return list(json.loads(text))
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise click.UsageError(f"{name} is neither a JSON array nor JSONL: {error}") from error


def extraction(
    schema_file: str | None,
    prompt: str | None,
    models: tuple[str, ...],
    max_attempts: int | None,
) -> dict[str, Any]:
    """The parts of `input` that were given."""
    given: dict[str, Any] = {
        "prompt": prompt,
        "schema": read_json(schema_file) if schema_file else None,
        "model": list(models) if len(models) > 1 else (models[0] if models else None),
        "max_attempts": max_attempts,
    }
    return {name: value for name, value in given.items() if value is not None}


def pairs(metadata: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE texts as a mapping. Raises a usage error for one without `=`."""
    for text in metadata:
        if "=" not in text:
            raise click.UsageError(f"--metadata {text}: NAME=VALUE is wanted")
    return dict(text.split("=", 1) for text in metadata)
