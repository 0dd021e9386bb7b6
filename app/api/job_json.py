"""A job as JSON."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Response
from werkzeug.datastructures import Headers

from app.repositories.records import Call, Event, Job, Stage
from app.services.jobs import JobDetail

JOB = ("id", "pipeline", "pipeline_version", "status", "priority", "output", "error", "metadata")
TIMES = ("created_at", "started_at", "ended_at", "deadline", "cancel_requested_at")
STAGE = (
    "id",
    "name",
    "lane",
    "status",
    "attempts",
    "recoveries",
    "provider",
    "model",
    "cache",
    "report",
    "error",
)
STAGE_TIMES = ("queued_at", "dispatched_at", "started_at", "ended_at")
CALL_HIDDEN = ("answer",)


def stamp(moment: datetime | None) -> str | None:
    """RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def job_value(job: Job) -> dict[str, Any]:
    """A job without its stages, as lists and submissions show it."""
    path = f"/v1/jobs/{job.id}"
    value: dict[str, Any] = {"object": "job"}
    value |= {name: getattr(job, name) for name in JOB}
    value |= {name: stamp(getattr(job, name)) for name in TIMES}
    value |= {"progress": job.progress, "run": job.run, "webhook_url": job.webhook_url}
    value["urls"] = {"self": path, "cancel": f"{path}/cancel", "events": f"{path}/events"}
    if job.progress is not None:
        value["urls"]["results"] = f"{path}/results"
    return value


def detail_value(detail: JobDetail) -> dict[str, Any]:
    """A job with its stages and their provider calls."""
    calls: dict[str, list[dict[str, Any]]] = {}
    for call in detail.calls:
        calls.setdefault(call.stage_id, []).append(call_value(call))
    stages = [stage_value(s) | {"calls": calls.get(s.id, [])} for s in detail.stages]
    return job_value(detail.job) | {
        "queue_position": detail.queue_position,
        "usage": asdict(detail.usage),
        "stages": stages,
    }


def stage_value(stage: Stage) -> dict[str, Any]:
    value = {name: getattr(stage, name) for name in STAGE}
    return value | {name: stamp(getattr(stage, name)) for name in STAGE_TIMES}


def call_value(call: Call) -> dict[str, Any]:
    value = {k: v for k, v in asdict(call).items() if k not in CALL_HIDDEN}
    return value | {"started_at": stamp(call.started_at), "ended_at": stamp(call.ended_at)}


def event_value(event: Event) -> dict[str, Any]:
    names = ("id", "type", "job_id", "sequence", "data")
    return {name: getattr(event, name) for name in names} | {"created_at": stamp(event.created_at)}


def result_value(stage: Stage) -> dict[str, Any]:
    item = stage.item or {}
    return {
        "index": stage.item_index,
        "id": item.get("id"),
        **{name: item[name] for name in ("start", "end") if name in item},  # of a chunk
        "status": stage.status,
        "output": stage.output,
        "error": stage.error,
        "cache": stage.cache,
        "report": stage.report,
    }


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def text_of(value: Any) -> str:
    return _ENCODER.encode(value)


def answer(value: Any, status: int = 200, **headers: str) -> Response:
    """A JSON response; `value` may be its text."""
    body = value if isinstance(value, str) else text_of(value)
    told = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(body, status=status, headers=told, content_type="application/json")


class Answer(Response):
    """Its headers are as they shall be: werkzeug would parse and write the Location anew."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        return self.headers
