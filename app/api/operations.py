"""For operators: /health, /ready, /metrics."""

from flask import Blueprint, Response

from app.api.blueprint import services
from app.api.job_json import answer
from app.infra import metrics

blueprint = Blueprint("operations", __name__)


@blueprint.get("/health")
def health() -> Response:
    """The process answers."""
    return answer({"status": "ok"})


@blueprint.get("/ready")
def ready() -> Response:
    """The process can take jobs; 503 with the reason otherwise."""
    checks = services().health.ready()
    good = all(state == "ok" for state in checks.values())
    return answer({"status": "ok" if good else "not ready", "checks": checks}, 200 if good else 503)


@blueprint.get("/metrics")
def show_metrics() -> Response:
    """Prometheus text."""
    metrics.show_jobs(services().job_gauge.read())
    text, content_type = metrics.render()
    return Response(text, content_type=content_type)
