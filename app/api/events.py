"""/v1/jobs/{id}/events: a page of JSON, or a stream of server-sent events."""

from collections.abc import Iterator
from typing import Any

from flask import Response, request

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer, event_value, text_of
from app.api.waiting import Waiting, waiting
from app.errors import FieldError, InvalidInput
from app.repositories.records import Event
from schemas.jobs import EventPageSchema, EventsQuerySchema

blueprint = Blueprint("events", __name__, url_prefix="/v1/jobs", description="Events of a job")
TICK = 1.0  # seconds until a silent stream looks whether the process is stopping
HEARTBEAT = 10  # ticks between comments on a silent stream


@blueprint.route("/<string:job_id>/events", methods=["GET"])
@needs("jobs:read")
@blueprint.arguments(EventsQuerySchema, location="query")
@blueprint.response(200, EventPageSchema)
@blueprint.problems(410)
@blueprint.doc(
    summary="Events of a job",
    parameters=[{"in": "header", "name": "Last-Event-ID", "schema": {"type": "string"}}],
)
def events(query: dict[str, Any], job_id: str) -> Response:
    """JSON, or with `Accept: text/event-stream` a stream that ends after the final event.

    A stream goes on after `Last-Event-ID` (or `after`).
    """
    if request.accept_mimetypes.best_match(("application/json", "text/event-stream")) != (
        "text/event-stream"
    ):
        limit = query["limit"]
        found = services().events.list(principal(), job_id, after=query["after"], limit=limit + 1)
        page = [event_value(e) for e in found[:limit]]
        return answer({"data": page, "has_more": len(found) > limit})
    seen = _last_event_id()
    after = query["after"] if seen is None else seen
    followed = services().events.follow(principal(), job_id, after=after, heartbeat=TICK)
    places = waiting()
    places.take()
    response = Response(_frames(followed, places), content_type="text/event-stream")
    response.call_on_close(places.give_back)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _last_event_id() -> int | None:
    given = request.headers.get("Last-Event-ID")
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 16:
        fault = FieldError("/headers/Last-Event-ID", "must be the id of an event of this job")
        raise InvalidInput("the header Last-Event-ID is not valid", [fault])
    return int(given)


def _frames(events: Iterator[Event | None], places: Waiting) -> Iterator[str]:
    yield "retry: 1000\n\n"
    silent = 0
    for event in events:
        if places.stopping.is_set():  # the client takes it up again elsewhere
            return
        if event is not None:
            data = text_of(event_value(event))
            yield f"id: {event.sequence}\nevent: {event.type}\ndata: {data}\n\n"
        silent = silent + 1 if event is None else 0
        if silent and silent % HEARTBEAT == 0:
            yield ": still here\n\n"
