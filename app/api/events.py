"""/v1/jobs/{id}/events: a page of JSON, or a stream of server-sent events."""

import threading
from collections.abc import Iterator
from typing import Any

from flask import Response, request

from app.api.blueprint import Blueprint, api_settings, needs, principal, services
from app.api.job_json import answer, event_value, text_of
from app.errors import FieldError, InvalidInput, Unavailable
from app.repositories.records import Event
from schemas.jobs import EventPageSchema, EventsQuerySchema

blueprint = Blueprint("events", __name__, url_prefix="/v1/jobs", description="Events of a job")
HEARTBEAT = 10.0  # seconds between comments on a silent stream


class Streams:
    """How many streams are open: each holds a thread, and submissions need some too."""

    def __init__(self, limit: int) -> None:
        self._free = threading.BoundedSemaphore(limit)

    def take(self) -> None:
        """Raises Unavailable when all are taken."""
        if not self._free.acquire(blocking=False):
            raise Unavailable("too many event streams are open; poll, or try again")

    def give_back(self) -> None:
        self._free.release()


@blueprint.route("/<string:job_id>/events", methods=["GET"])
@needs("jobs:read")
@blueprint.arguments(EventsQuerySchema, location="query")
@blueprint.response(200, EventPageSchema)
@blueprint.problems()
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
    followed = services().events.follow(principal(), job_id, after=after, heartbeat=HEARTBEAT)
    streams: Streams = services_streams()
    streams.take()
    response = Response(_frames(followed), content_type="text/event-stream")
    response.call_on_close(streams.give_back)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def services_streams() -> Streams:
    from flask import current_app

    extensions = current_app.extensions
    if "penstock_streams" not in extensions:
        extensions["penstock_streams"] = Streams(api_settings().max_streams)
    found: Streams = extensions["penstock_streams"]
    return found


def _last_event_id() -> int | None:
    given = request.headers.get("Last-Event-ID")
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 16:
        fault = FieldError("/headers/Last-Event-ID", "must be the id of an event of this job")
        raise InvalidInput("the header Last-Event-ID is not valid", [fault])
    return int(given)


def _frames(events: Iterator[Event | None]) -> Iterator[str]:
    yield "retry: 1000\n\n"
    for event in events:
        if event is None:
            yield ": still here\n\n"
        else:
            data = text_of(event_value(event))
            yield f"id: {event.sequence}\nevent: {event.type}\ndata: {data}\n\n"
