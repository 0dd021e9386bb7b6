"""The one place that maps errors to HTTP: RFC 9457 problem documents."""

import json
import logging
import math
from http import HTTPStatus
from typing import Any

import psycopg
import psycopg_pool
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, UnprocessableEntity

from app import errors
from app.api.body import MalformedBody, UnsupportedMedia

log = logging.getLogger("penstock.api")
STATUS: dict[type[errors.PenstockError], int] = {
    MalformedBody: 400,
    UnsupportedMedia: 415,
    errors.InvalidInput: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.PreconditionFailed: 412,
    errors.PayloadTooLarge: 413,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
    errors.ConfigError: 503,
}
# What a database that answers lacks, by SQLSTATE (PostgreSQL, "Error Codes").
SHORT = {
    "53100": "has no room left on its disk",
    "53200": "has no memory left",
    "53300": "has no connection left for this",
    "25006": "may only be read at the moment",
}
HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "payload_too_large"}


def problem(
    status: int, code: str, detail: str, faults: Any = (), policy: str = "", **headers: str
) -> Response:
    """An application/problem+json response."""
    body: dict[str, Any] = {
        "type": f"urn:penstock:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        "request_id": g.get("request_id", ""),
    }
    if faults:
        body["errors"] = [{"pointer": f.pointer, "detail": f.detail} for f in faults]
    if policy:
        body["policy"] = policy
    response = Response(json.dumps(body), status=status, content_type="application/problem+json")
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def status_of(error: errors.PenstockError) -> int:
    """The status of the nearest class that has one."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


def register(app: Flask) -> None:
    """Install the handlers. Anything unexpected is logged, and told without details."""
    app.register_error_handler(errors.PenstockError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(psycopg.OperationalError, _away)
    app.register_error_handler(psycopg.errors.ReadOnlySqlTransaction, _away)
    app.register_error_handler(psycopg_pool.PoolTimeout, _away)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: errors.PenstockError) -> Response:
    headers: dict[str, str] = {}
    if isinstance(error, errors.RateLimited):
        headers["Retry_After"] = str(max(1, math.ceil(error.retry_after)))
    if isinstance(error, errors.Unauthenticated):
        headers["WWW_Authenticate"] = 'Bearer realm="penstock"'
    if isinstance(error, errors.Unavailable):
        headers["Retry_After"] = "1"
    faults = error.errors if isinstance(error, errors.InvalidInput) else ()
    policy = error.policy if isinstance(error, errors.RateLimited) else ""
    return problem(status_of(error), error.code, error.detail, faults, policy, **headers)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, UnprocessableEntity):
        faults = _flatten(getattr(error, "data", {}).get("messages", {}))
        return problem(422, "invalid_input", "the request is not valid", faults)
    code = HTTP_CODES.get(status, "http_error")
    response = problem(status, code, error.description or HTTPStatus(status).phrase)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _flatten(messages: Any) -> list[errors.FieldError]:
    """marshmallow's nested messages as pointers: the body by path, the query by /query/name."""
    found: list[errors.FieldError] = []

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for key, inner in node.items():
                step = (
                    "" if key == "_schema" else f"/{str(key).replace('~', '~0').replace('/', '~1')}"
                )
                walk(inner, path + step)
        elif isinstance(node, list):
            found.extend(errors.FieldError(path, str(text)) for text in node)

    for location, inner in messages.items() if isinstance(messages, dict) else ():
        walk(inner, "" if location == "json" else f"/{location}")
    return found


def _away(error: Exception) -> Response:
    log.warning("database_unavailable", extra={"why": str(error).splitlines()[:1]})
    why = SHORT.get(getattr(error, "sqlstate", None) or "", "cannot be reached")
    return problem(503, "unavailable", f"the database {why}; try again", Retry_After="1")


def _unexpected(error: Exception) -> Response:
    log.error("request_crashed", exc_info=error)
    return problem(500, "internal_error", "something went wrong here; it has been logged")
