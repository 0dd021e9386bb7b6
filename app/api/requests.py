"""What happens around every request: its id, its log line, its metrics."""

import logging
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from app.api.request_headers import sane_request_id
from app.errors import NotFound
from app.infra import metrics

log = logging.getLogger("penstock.api")
QUIET = ("/health", "/ready", "/metrics")


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.started = time.perf_counter()
    g.request_id = sane_request_id(request.headers.get("X-Request-Id")) or uuid.uuid4().hex
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if "\0" in request.path:  # Postgres keeps no such text, so nothing has this id
        raise NotFound("nothing is here")


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    route = request.url_rule.rule if request.url_rule else "(none)"
    metrics.observe(request.method, route, response.status_code, seconds)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers.update(g.get("rate_limits", {}))
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    level = logging.DEBUG if request.path in QUIET else logging.INFO
    if log.isEnabledFor(level):
        caller = g.get("principal")
        fields = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "key_id": caller.key_id if caller else None,
        }
        log.log(level, "request", extra=fields)
    return response
