"""/v1/route: which deployments a job would be tried on, and why, without spending anything."""

from dataclasses import asdict
from typing import Any

from flask import Response

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer
from app.services.route_explanation import explained
from providers.routing.candidates import Needs
from providers.routing.router import Decision, Judged
from schemas.routes import RouteRequestSchema, RouteSchema

blueprint = Blueprint(
    "route", __name__, url_prefix="/v1/route", description="Which models serve a request"
)
EXAMPLE = {"input": {"mode": "flash", "document": "Total: 12", "max_cost": 0.01}}


@blueprint.route("", methods=["POST"])
@needs("jobs:read")
@blueprint.arguments(RouteRequestSchema, location="json", example=EXAMPLE)
@blueprint.response(200, RouteSchema)
@blueprint.problems()
@blueprint.doc(summary="Explain a routing decision without spending")
def route(body: dict[str, Any]) -> Response:
    """Circuits and loads are those of this moment; a job decides anew when it is submitted."""
    routes = services().tenant_settings.routes(principal().tenant_id)
    found = explained(body["input"], routes)
    return answer(
        {
            "estimated_input_tokens": found.needs.input_tokens,
            "chunks": found.chunks,
            "effort": routes.effort(body["input"]),
            "task": found.needs.task,
            "decisions": [_decision(decision, found.needs) for decision in found.decisions],
        }
    )


def _decision(decision: Decision, needs: Needs) -> dict[str, Any]:
    kept = [_candidate(judged, needs, at) for at, judged in enumerate(decision.kept, start=1)]
    dropped = [_candidate(judged, needs, None) for judged in decision.dropped]
    return {"strategy": decision.strategy, "candidates": [*kept, *dropped]}


def _candidate(judged: Judged, needs: Needs, position: int | None) -> dict[str, Any]:
    found = judged.candidate
    return {
        "model": found.name,
        "kept": position is not None,
        "position": position,
        "reasons": list(judged.reasons),
        "estimated_cost_micros": judged.cost_micros,
        "price_source": found.price_source,
        "circuit": {name: getattr(found.circuit, name) for name in ("state", "reason", "seconds")},
        "limits": asdict(found.headroom) if found.headroom else None,
        "in_flight": found.in_flight,
        "slots": found.slots,
        "p95_ms": found.p95_ms,
        "weight": found.weight,
        "quality": found.capabilities.quality,
        "task_quality": found.capabilities.quality_at(needs.task),
    }
