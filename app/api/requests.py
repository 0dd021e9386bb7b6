"""What happens around every request: its id, its log line, its metrics."""

import logging
import time
import uuid

from flask import Flask, Response, g, request

from app.api.request_headers import sane_request_id
from app.errors import NotFound
from app.infra import metrics
from app.infra.logging import contextvars

log = logging.getLogger("penstock.api")
QUIET = ("/health", "/ready", "/metrics")


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    request_id = sane_request_id(request.headers.get("X-Request-Id")) or uuid.uuid4().hex
    g.started, g.request_id = time.perf_counter(), request_id
    contextvars.clear_contextvars()
    contextvars.bind_contextvars(request_id=request_id)
    if "\0" in request.path:  # Postgres keeps no such text, so nothing has this id
        raise NotFound("nothing is here")


def _end(response: Response) -> Response:
    known, rule, headers = vars(g._get_current_object()), request.url_rule, response.headers
    seconds = time.perf_counter() - known.get("started", time.perf_counter())
    route = rule.rule if rule else "(none)"
    metrics.observe(request.method, route, response.status_code, seconds)
    headers.add("X-Request-Id", known.get("request_id", ""))
    for name, value in known.get("rate_limits", {}).items():
        headers.add(name, value)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    level = logging.DEBUG if request.path in QUIET else logging.INFO
    if log.isEnabledFor(level):
        caller = known.get("principal")
        fields = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "key_id": caller.key_id if caller else None,
        }
        log.log(level, "request", extra=fields)
    return response
