"""/v1/jobs: submit, read, list, cancel, retry, results."""

import json
import time
from typing import Any

from flask import Response, g, request

from app.api.blueprint import Blueprint, api_settings, needs, principal, services
from app.api.cursors import cursor_of, read_cursor
from app.api.job_json import answer, detail_value, job_value, result_value, text_of
from app.api.request_headers import IDEMPOTENCY_KEY, SubmitHeaders, read_submit_headers
from app.api.waiting import waiting
from app.errors import FieldError, InvalidInput
from app.repositories.records import Job
from app.services.job_submission import JobSubmission
from app.services.submissions import Submitted
from schemas.jobs import (
    JobDetailSchema,
    JobPageSchema,
    JobRequestSchema,
    JobSchema,
    ListQuerySchema,
    NoQuerySchema,
    ResultsQuerySchema,
)

blueprint = Blueprint("jobs", __name__, url_prefix="/v1/jobs", description="Durable jobs")
HEADERS = [
    IDEMPOTENCY_KEY,
    {"in": "header", "name": "Cancel-After", "schema": {"type": "string"}},
    {"in": "header", "name": "Prefer", "schema": {"type": "string"}, "example": "wait=30"},
]
DEDUPLICATED = {
    "Penstock-Deduplicated": {
        "schema": {"type": "string", "enum": ["true"]},
        "description": "it is the job of an identical submission within the tenant's cooldown",
    }
}
EXAMPLE = {
    "pipeline": "extract",
    "input": {
        "prompt": "Extract the person.",
        "document": "Name: Ada Lovelace",
        "schema": {
            "type": "object",
            "properties": {"name": {"type": "string"}},
            "required": ["name"],
        },
    },
}


@blueprint.route("", methods=["POST"])
@needs("jobs:write")
@blueprint.arguments(JobRequestSchema, location="json", example=EXAMPLE)
@blueprint.response(202, JobSchema)
@blueprint.alt_response(200, schema=JobDetailSchema, headers=DEDUPLICATED)
@blueprint.problems(409)
@blueprint.doc(parameters=HEADERS, summary="Submit a job")
def submit(body: dict[str, Any]) -> Response:
    """Accept a job. When this answers, the job is on disk, and will end.

    `Prefer: wait=N` (at most 60 seconds) answers 200 with the ended job if it ends in time,
    and 202 at once when too many wait already. Within the tenant's cooldown (/v1/settings) the
    same job is not made again: the first one answers, with 200 and `Penstock-Deduplicated: true`.
    """
    headers = read_submit_headers(request._get_current_object())  # type: ignore[attr-defined]
    _check_metadata(body["metadata"])
    given = {k: body[k] for k in ("pipeline", "input", "join", "priority", "metadata")}
    submission = JobSubmission(
        **given,
        items=body.get("items"),
        deadline=body.get("deadline"),
        webhook_url=body.get("webhook_url"),
        cancel_after=headers.cancel_after,
        request_id=g.request_id,
        traceparent=headers.traceparent,
    )
    done = services().submissions.submit(
        principal(), submission, idempotency=headers.idempotency, render=_render
    )
    return _accepted(done, headers)


def _accepted(done: Submitted, headers: SubmitHeaders) -> Response:
    job = done.job
    if headers.wait_seconds and _ends_within(job, headers.wait_seconds):
        detail = services().jobs.get(principal(), job.id)
        applied = f"wait={headers.wait_seconds}"
        response = answer(detail_value(detail), Preference_Applied=applied)
    else:
        status = 200 if done.deduplicated else 202
        response = answer(done.body, status, Location=f"/v1/jobs/{job.id}", Retry_After="1")
    if done.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if done.deduplicated:
        response.headers["Penstock-Deduplicated"] = "true"
    return response


def _ends_within(job: Job, seconds: int) -> bool:
    """Wait for the job's end; not at all when all places are taken, or the process stops."""
    places, until = waiting(), time.monotonic() + seconds
    with places.place() as got:
        while got and not places.stopping.is_set():
            left = until - time.monotonic()
            if services().jobs.wait(principal(), job.id, min(1.0, max(0.0, left))).ended:
                return True
            if left <= 0:
                break
    return False


def _render(job: Job) -> str:
    return text_of(job_value(job))


def _check_metadata(metadata: dict[str, Any]) -> None:
    if not metadata:
        return
    limit = api_settings().max_metadata_bytes
    if len(json.dumps(metadata).encode()) > limit:
        fault = FieldError("/metadata", f"may have {limit} bytes as JSON")
        raise InvalidInput("the job cannot be accepted", [fault])


@blueprint.route("", methods=["GET"])
@needs("jobs:read")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, JobPageSchema)
@blueprint.problems()
@blueprint.doc(summary="List jobs, newest first")
def list_jobs(query: dict[str, Any]) -> Response:
    after = read_cursor(query.pop("after", None))
    jobs, has_more = services().jobs.list(principal(), after=after, **query)
    cursor = cursor_of(jobs[-1]) if has_more else None
    page = {"data": [job_value(j) for j in jobs], "has_more": has_more, "next_cursor": cursor}
    return answer(page)


@blueprint.route("/<string:job_id>", methods=["GET"])
@needs("jobs:read")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, JobDetailSchema)
@blueprint.problems(410)
@blueprint.doc(summary="Read a job, its stages and its provider calls")
def get(query: dict[str, Any], job_id: str) -> Response:
    detail = services().jobs.get(principal(), job_id)
    response = answer(detail_value(detail))
    if not detail.job.ended:
        response.headers["Retry-After"] = "1"
    return response


@blueprint.route("/<string:job_id>", methods=["DELETE"])
@needs("jobs:write")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(204)
@blueprint.problems(409, 410)
@blueprint.doc(summary="Erase an ended job's content; what its calls cost stays on record")
def erase(query: dict[str, Any], job_id: str) -> Response:
    services().jobs.erase(principal(), job_id)
    return Response(status=204)


@blueprint.route("/<string:job_id>/cancel", methods=["POST"])
@needs("jobs:write")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, JobSchema)
@blueprint.problems(410)
@blueprint.doc(summary="Cancel a job; one that has ended stays as it is")
def cancel(query: dict[str, Any], job_id: str) -> Response:
    return answer(job_value(services().jobs.cancel(principal(), job_id)))


@blueprint.route("/<string:job_id>/retry", methods=["POST"])
@needs("jobs:write")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(202, JobSchema)
@blueprint.problems(409, 410)
@blueprint.doc(summary="Run an unsuccessful job again from its first undone stage")
def retry(query: dict[str, Any], job_id: str) -> Response:
    job = services().jobs.retry(principal(), job_id)
    return answer(job_value(job), 202, Location=f"/v1/jobs/{job.id}", Retry_After="1")


@blueprint.route("/<string:job_id>/results", methods=["GET"])
@needs("jobs:read")
@blueprint.arguments(ResultsQuerySchema, location="query")
@blueprint.response(200, content_type="application/jsonl")
@blueprint.problems(409, 410)
@blueprint.doc(summary="A batch's results, an item a line")
def results(query: dict[str, Any], job_id: str) -> Response:
    """JSON Lines, by index. A full page names the next one in its `Link` header (rel="next")."""
    items = services().jobs.results(principal(), job_id, **query)
    text = "".join(text_of(result_value(item)) + "\n" for item in items)
    response = Response(text, content_type="application/jsonl")
    if items and len(items) == query["limit"]:
        after = items[-1].item_index
        url = f"/v1/jobs/{job_id}/results?after={after}&limit={query['limit']}"
        response.headers["Link"] = f'<{url}>; rel="next"'
    return response
