"""Blueprints that read bodies strictly and document their problems."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g, request
from flask_smorest import Blueprint as SmorestBlueprint
from webargs.flaskparser import FlaskParser

from app.api.body import parse_json, read_body
from app.container import Container
from app.errors import RateLimited, Unauthenticated
from app.infra.rate_limits import headers
from app.infra.settings_sections import ApiSettings
from app.services.principals import Principal
from schemas.problems import ProblemSchema

F = TypeVar("F", bound=Callable[..., Any])
PROBLEM_JSON = "application/problem+json"
EVERYWHERE = (400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503)


class StrictParser(FlaskParser):
    """webargs over our own JSON reader; an absent body is an empty object."""

    DEFAULT_VALIDATION_STATUS = 422

    def load_json(self, req: Any, schema: Any) -> Any:
        limits = api_settings()
        data = read_body(req, max_bytes=limits.max_body_bytes)
        if not data.strip():
            return {}
        return parse_json(data, content_type=req.mimetype, max_depth=limits.max_json_depth)


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = StrictParser(unknown=None)  # each schema says it by itself

    def arguments(self, schema: Any, **given: Any) -> Any:
        """As smorest's; a class is made an instance here, once, and not at each request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **given)

    def problems(self, *statuses: int) -> Callable[[F], F]:
        """Document these statuses, and those that every operation may give."""

        def decorate(view: F) -> F:
            told: Any = view
            for status in sorted({*statuses, *EVERYWHERE}):
                told = self.alt_response(
                    status, schema=ProblemSchema, content_type=PROBLEM_JSON, success=False
                )(told)
            # What it wrote down is kept, without its wrapper a status around every call.
            view._apidoc = told._apidoc  # type: ignore[attr-defined]
            return view

        return decorate


def services() -> Container:
    """The container of this application. For views only."""
    found: Container = current_app.extensions["penstock"]
    return found


def api_settings() -> ApiSettings:
    return services().settings.api


def principal() -> Principal:
    """Who is calling. Raises Unauthenticated."""
    known = vars(g._get_current_object())  # flask's g and request are looked up at each use
    found: Principal | None = known.get("principal")
    if found is None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise Unauthenticated("an API key is needed: Authorization: Bearer pk_live_...")
        found = known["principal"] = services().keys.authenticate(token.strip())
        _count(found)
    return found


def _count(caller: Principal) -> None:
    """Count the request against its key and its tenant. Raises RateLimited."""
    verdict = services().limits.count_request(caller)
    if verdict is None:
        return
    g.rate_limits = headers(verdict.standings)
    if verdict.violated is not None:
        policy, quota = verdict.violated.policy, verdict.violated.quota
        raise RateLimited(
            f"over {quota} requests a minute, the {policy} policy",
            retry_after=verdict.violated.reset,
            policy=policy,
        )


def needs(*scopes: str) -> Callable[[F], F]:
    """The view runs only for a caller with these scopes; goes outside of `arguments`."""

    def decorate(view: F) -> F:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            for scope in scopes:
                principal().require(scope)
            return view(*args, **kwargs)

        checked._apidoc = getattr(view, "_apidoc", {})  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return decorate
