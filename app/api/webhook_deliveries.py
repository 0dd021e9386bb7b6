"""/v1/webhook-deliveries: what was sent, how it went, and once more."""

from typing import Any

from flask import Response

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer
from app.api.webhook_json import delivery_value
from schemas.jobs import NoQuerySchema
from schemas.webhooks import DeliveriesQuerySchema, DeliveryPageSchema, DeliverySchema

blueprint = Blueprint(
    "webhook deliveries",
    __name__,
    url_prefix="/v1/webhook-deliveries",
    description="Deliveries of events to webhook endpoints, with every attempt",
)
STATUSES = {"pending": ["pending", "dispatched"]}


@blueprint.route("", methods=["GET"])
@needs("webhooks:read")
@blueprint.arguments(DeliveriesQuerySchema, location="query")
@blueprint.response(200, DeliveryPageSchema)
@blueprint.problems()
@blueprint.doc(summary="List deliveries, newest first, with every attempt")
def list_deliveries(query: dict[str, Any]) -> Response:
    limit = query.pop("limit")
    if "status" in query:
        query["status"] = STATUSES.get(query["status"], [query["status"]])
    found, has_more = services().webhooks.deliveries(principal(), limit, query)
    cursor = found[-1].id if has_more else None
    data = [delivery_value(d) for d in found]
    return answer({"data": data, "has_more": has_more, "next_cursor": cursor})


@blueprint.route("/<string:delivery_id>", methods=["GET"])
@needs("webhooks:read")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, DeliverySchema)
@blueprint.problems()
@blueprint.doc(summary="Read a delivery and its attempts")
def get(query: dict[str, Any], delivery_id: str) -> Response:
    return answer(delivery_value(services().webhooks.delivery(principal(), delivery_id)))


@blueprint.route("/<string:delivery_id>/replay", methods=["POST"])
@needs("webhooks:write")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(202, DeliverySchema)
@blueprint.problems(409)
@blueprint.doc(summary="Send a delivery again, under its id")
def replay(query: dict[str, Any], delivery_id: str) -> Response:
    return answer(delivery_value(services().webhooks.replay(principal(), delivery_id)), 202)
