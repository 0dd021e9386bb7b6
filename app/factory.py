"""create_app(): the web composition root."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response
from flask_smorest import Api

from app.api import (
    docs,
    events,
    jobs,
    keys,
    operations,
    pipelines,
    problems,
    providers,
    requests,
    routes,
    schedules,
    schema_lint,
    settings,
    usage,
    webhook_deliveries,
    webhook_endpoints,
    webhook_secret,
)
from app.api.job_json import answer
from app.api.openapi import complete
from app.api.waiting import Waiting
from app.container import Container
from app.infra.logging import configure_logging
from app.infra.settings import Settings, load_settings

RESOURCES = (
    jobs,
    events,
    keys,
    pipelines,
    providers,
    routes,
    schema_lint,
    schedules,
    settings,
    usage,
    webhook_endpoints,
    webhook_deliveries,
    webhook_secret,
)
DESCRIPTION = (
    "Durable LLM jobs: an accepted job ends, exactly once, in a state that its owner can read;"
    " a provider call whose answer was stored is never paid for twice."
)


class Application(Flask):
    """All of its views are plain functions: Flask would look for coroutines at each call."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings | None = None, container: Container | None = None) -> Flask:
    """The Flask application. Opens no connection until the first request."""
    if container is None:
        settings = settings or load_settings()
        configure_logging(settings.logging, role="api")
        container = Container(settings)
    app = Application("penstock", static_folder=None, root_path=__file__.rpartition("/")[0])
    app.url_map.strict_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(
        API_TITLE="Penstock",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=None,
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION},
            "security": [{"apiKey": []}],
            "components": {"securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}}},
        },
        MAX_CONTENT_LENGTH=container.settings.api.max_body_bytes,
    )
    app.extensions["penstock"] = container
    app.extensions["penstock_waiting"] = Waiting(container.settings.api)
    requests.register(app)
    api = Api(app)
    for module in RESOURCES:
        api.register_blueprint(module.blueprint)
    problems.register(app)
    app.register_blueprint(operations.blueprint)
    app.register_blueprint(docs.blueprint)
    _serve_openapi(app, api)
    return app


def _serve_openapi(app: Flask, api: Any) -> None:
    pipelines = app.extensions["penstock"].pipelines.list()
    document = complete(api.spec.to_dict(), pipelines)
    app.extensions["penstock_openapi"] = document

    @app.get("/openapi.json")
    def openapi() -> Response:
        return answer(document)
