"""One job for people: its state, stages, calls, and output."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from app.cli.chunking import chunk_lines
from app.cli.output import error_lines, money, progress_text, rows
from app.client.penstock import Job


def show_job(job: Job) -> None:
    """Everything that the API tells of a job."""
    raw = job.raw
    fields = {
        "job": job.id,
        "pipeline": f"{job.pipeline} v{raw.get('pipeline_version', '?')}",
        "status": job.status,
        "priority": raw.get("priority"),
        "progress": progress_text(job.progress) if job.progress else None,
        "metadata": json.dumps(job.metadata) if job.metadata else None,
        "created": job.created_at,
        "ended": job.ended_at,
        "deadline": raw.get("deadline"),
        "run": raw.get("run") if (raw.get("run") or 1) > 1 else None,
        "usage": _usage(job.usage),
    }
    for name, value in fields.items():
        if value is not None:
            click.echo(f"{name + ':':10} {value}")
    for line in error_lines(job.error):
        click.echo(line)
    if job.stages:
        click.echo()
        rows(HEADINGS, timeline(job))
    for line in chunk_lines(job):
        click.echo(line)
    if job.output is not None:
        click.echo("\n" + json.dumps(job.output, indent=2, ensure_ascii=False))


def _usage(usage: dict[str, Any] | None) -> str | None:
    if not usage or not usage.get("calls"):
        return None
    tokens = f"{usage['input_tokens']} tokens in, {usage['output_tokens']} out"
    return f"{usage['calls']} calls, {tokens}, {money(usage['cost_micros'])}"


HEADINGS = ("stage", "status", "waited", "ran", "model", "attempts", "tokens", "cost")


def timeline(job: Job) -> Iterator[tuple[object, ...]]:
    """A row a stage: queue wait, run time, model, attempts, tokens in/out, cost."""
    for stage in job.stages:
        calls = stage.get("calls") or []
        yield (
            stage["name"],
            stage["status"],
            seconds(stage.get("queued_at"), stage.get("started_at")),
            seconds(stage.get("started_at"), stage.get("ended_at")),
            model_of(stage),
            len(calls) or stage.get("attempts"),
            tokens_of(calls),
            cost_of(calls),
        )


def model_of(stage: dict[str, Any]) -> str:
    """`provider/model` of the last call; empty for a stage that calls none."""
    calls = stage.get("calls") or [stage]
    provider, model = calls[-1].get("provider"), calls[-1].get("model")
    return f"{provider}/{model}" if provider and model else ""


def tokens_of(calls: list[dict[str, Any]]) -> str:
    """`in/out` over all calls: cached input and reasoning output are counted in."""
    inputs = ("input_tokens", "cache_read_tokens", "cache_write_tokens")
    outputs = ("output_tokens", "reasoning_tokens")
    total_in = sum(call.get(name) or 0 for call in calls for name in inputs)
    total_out = sum(call.get(name) or 0 for call in calls for name in outputs)
    return f"{total_in}/{total_out}" if calls else ""


def cost_of(calls: list[dict[str, Any]]) -> str:
    costs = [call.get("cost_micros") for call in calls if call.get("outcome") != "in_flight"]
    known = [cost for cost in costs if cost is not None]
    if not calls:
        return ""
    return money(sum(known)) if known else money(None)


def seconds(start: str | None, end: str | None) -> str:
    """The time between two RFC 3339 texts: `12 ms` or `3.21 s`; empty when one is missing."""
    if not start or not end:
        return ""
    span = (_time(end) - _time(start)).total_seconds()
    return f"{max(span, 0) * 1000:.0f} ms" if span < 1 else f"{span:.2f} s"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
