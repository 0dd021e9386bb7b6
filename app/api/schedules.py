"""/v1/schedules: jobs that begin by themselves."""

from typing import Any

from flask import Response, request

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer, stamp
from app.api.request_headers import IDEMPOTENCY_KEY, read_idempotency_key
from app.infra.clock import utcnow
from app.repositories.schedule_records import Fire, Schedule
from app.services.schedules import next_fires
from schemas.jobs import NoQuerySchema
from schemas.schedules import (
    FirePageSchema,
    FireSchema,
    FiresQuerySchema,
    NoBodySchema,
    SchedulePageSchema,
    SchedulePatchSchema,
    ScheduleRequestSchema,
    ScheduleSchema,
    SchedulesQuerySchema,
)

blueprint = Blueprint(
    "schedules", __name__, url_prefix="/v1/schedules", description="Jobs that begin by themselves"
)
ONE = "/<string:schedule_id>"
FIELDS = (
    *("name", "cron", "interval_seconds", "timezone", "job", "catch_up", "catch_up_cap"),
    *("overlap", "jitter_seconds", "enabled"),
)
TIMES = ("starts_at", "ends_at", "last_fire_at", "created_at", "updated_at")
EXAMPLE = {
    "name": "nightly",
    "cron": "30 2 * * *",
    "timezone": "Europe/Berlin",
    "job": {
        "pipeline": "extract",
        "input": {
            "prompt": "Extract the total of {{ scheduled_date }}.",
            "document": "Total: 12",
            "schema": {"type": "object", "properties": {"total": {"type": "number"}}},
        },
    },
}


def _value(schedule: Schedule) -> dict[str, Any]:
    value: dict[str, Any] = {"id": schedule.id, "object": "schedule"}
    value |= {name: getattr(schedule, name) for name in FIELDS}
    value |= {name: stamp(getattr(schedule, name)) for name in TIMES}
    return value | {"next_fires": [stamp(m) for m in next_fires(schedule, utcnow())]}


def _fire_value(fire: Fire) -> dict[str, Any]:
    names = ("schedule_id", "trigger", "status", "job_id", "error")
    value = {name: getattr(fire, name) for name in names}
    return value | {"fire_at": stamp(fire.fire_at), "created_at": stamp(fire.created_at)}


@blueprint.route("", methods=["POST"])
@needs("schedules:write", "jobs:write")
@blueprint.arguments(ScheduleRequestSchema, location="json", example=EXAMPLE)
@blueprint.response(201, ScheduleSchema)
@blueprint.problems(409)
@blueprint.doc(summary="Make a schedule")
def create(body: dict[str, Any]) -> Response:
    made = services().schedules.create(principal(), body)
    return answer(_value(made), 201, Location=f"/v1/schedules/{made.id}")


@blueprint.route("", methods=["GET"])
@needs("schedules:read")
@blueprint.arguments(SchedulesQuerySchema, location="query")
@blueprint.response(200, SchedulePageSchema)
@blueprint.problems()
@blueprint.doc(summary="List schedules, oldest first")
def list_schedules(query: dict[str, Any]) -> Response:
    found, more = services().schedules.list(principal(), query.get("after"), query["limit"])
    cursor = found[-1].id if more else None
    return answer({"data": [_value(s) for s in found], "has_more": more, "next_cursor": cursor})


@blueprint.route(ONE, methods=["GET"])
@needs("schedules:read")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, ScheduleSchema)
@blueprint.problems()
@blueprint.doc(summary="Read a schedule and its next five moments")
def get(query: dict[str, Any], schedule_id: str) -> Response:
    return answer(_value(services().schedules.get(principal(), schedule_id)))


@blueprint.route(ONE, methods=["PATCH"])
@needs("schedules:write", "jobs:write")
@blueprint.arguments(SchedulePatchSchema, location="json")
@blueprint.response(200, ScheduleSchema)
@blueprint.problems()
@blueprint.doc(summary="Change a schedule; a new rule counts from now")
def update(body: dict[str, Any], schedule_id: str) -> Response:
    return answer(_value(services().schedules.update(principal(), schedule_id, body)))


@blueprint.route(ONE, methods=["DELETE"])
@needs("schedules:write")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, ScheduleSchema)
@blueprint.problems()
@blueprint.doc(summary="Delete a schedule; the jobs that it began stay")
def delete(query: dict[str, Any], schedule_id: str) -> Response:
    return answer(_value(services().schedules.delete(principal(), schedule_id)))


@blueprint.route(f"{ONE}/trigger", methods=["POST"])
@needs("schedules:write", "jobs:write")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.arguments(NoBodySchema, location="json", required=False)
@blueprint.response(202, FireSchema)
@blueprint.problems(409, 422)
@blueprint.doc(parameters=[IDEMPOTENCY_KEY], summary="Fire now, whatever the rule and overlap say")
def trigger(query: dict[str, Any], body: dict[str, Any], schedule_id: str) -> Response:
    """Begin the template's job. The same Idempotency-Key gets the same fire and no second job."""
    fire, replayed = services().firing.trigger(
        principal(), schedule_id, read_idempotency_key(request)
    )
    where = {"Location": f"/v1/jobs/{fire.job_id}"}
    if replayed:
        where["Idempotent-Replayed"] = "true"
    return answer(_fire_value(fire), 202, **where)


@blueprint.route(f"{ONE}/fires", methods=["GET"])
@needs("schedules:read")
@blueprint.arguments(FiresQuerySchema, location="query")
@blueprint.response(200, FirePageSchema)
@blueprint.problems()
@blueprint.doc(summary="What a schedule did, newest first")
def fires(query: dict[str, Any], schedule_id: str) -> Response:
    found, more = services().schedules.fires(
        principal(), schedule_id, query.get("before"), query["limit"]
    )
    cursor = f"{stamp(found[-1].fire_at)}~{found[-1].trigger}" if more else None
    page = [_fire_value(fire) for fire in found]
    return answer({"data": page, "has_more": more, "next_cursor": cursor})
