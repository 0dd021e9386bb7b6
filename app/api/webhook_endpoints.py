"""/v1/webhook-endpoints: whom to tell, of what."""

from typing import Any

from flask import Response

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer
from app.api.webhook_json import check_metadata, delivery_value, endpoint_value
from schemas.jobs import NoQuerySchema
from schemas.webhooks import (
    DeliverySchema,
    NewWebhookEndpointSchema,
    RecoveredSchema,
    RecoverQuerySchema,
    WebhookEndpointListSchema,
    WebhookEndpointPatchSchema,
    WebhookEndpointRequestSchema,
    WebhookEndpointSchema,
    WebhookRotateSchema,
)

blueprint = Blueprint(
    "webhook endpoints",
    __name__,
    url_prefix="/v1/webhook-endpoints",
    description="Addresses that are told of jobs' events (Standard Webhooks)",
)
ONE = "/<string:endpoint_id>"
EXAMPLE = {"url": "https://example.com/hooks", "event_types": ["job.succeeded", "job.failed"]}


@blueprint.route("", methods=["POST"])
@needs("webhooks:write")
@blueprint.arguments(WebhookEndpointRequestSchema, location="json", example=EXAMPLE)
@blueprint.response(201, NewWebhookEndpointSchema)
@blueprint.problems(409)
@blueprint.doc(summary="Register a webhook endpoint; its secret is shown this once")
def create(body: dict[str, Any]) -> Response:
    check_metadata(body)
    endpoint, secret = services().webhooks.create(principal(), body)
    return answer(endpoint_value(endpoint, secret), 201, Cache_Control="no-store")


@blueprint.route("", methods=["GET"])
@needs("webhooks:read")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, WebhookEndpointListSchema)
@blueprint.problems()
@blueprint.doc(summary="List webhook endpoints")
def list_endpoints(query: dict[str, Any]) -> Response:
    return answer({"data": [endpoint_value(e) for e in services().webhooks.list(principal())]})


@blueprint.route(ONE, methods=["GET"])
@needs("webhooks:read")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, WebhookEndpointSchema)
@blueprint.problems()
@blueprint.doc(summary="Read a webhook endpoint, and how it fares")
def get(query: dict[str, Any], endpoint_id: str) -> Response:
    return answer(endpoint_value(services().webhooks.get(principal(), endpoint_id)))


@blueprint.route(ONE, methods=["PATCH"])
@needs("webhooks:write")
@blueprint.arguments(WebhookEndpointPatchSchema, location="json")
@blueprint.response(200, WebhookEndpointSchema)
@blueprint.problems()
@blueprint.doc(summary="Change a webhook endpoint; enable it again")
def update(body: dict[str, Any], endpoint_id: str) -> Response:
    check_metadata(body)
    return answer(endpoint_value(services().webhooks.update(principal(), endpoint_id, body)))


@blueprint.route(ONE, methods=["DELETE"])
@needs("webhooks:write")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, WebhookEndpointSchema)
@blueprint.problems()
@blueprint.doc(summary="Delete a webhook endpoint and its deliveries")
def delete(query: dict[str, Any], endpoint_id: str) -> Response:
    return answer(endpoint_value(services().webhooks.delete(principal(), endpoint_id)))


@blueprint.route(f"{ONE}/rotate", methods=["POST"])
@needs("webhooks:write")
@blueprint.arguments(WebhookRotateSchema, location="json")
@blueprint.response(201, NewWebhookEndpointSchema)
@blueprint.problems()
@blueprint.doc(summary="Give an endpoint a new secret; both sign until the overlap ends")
def rotate(body: dict[str, Any], endpoint_id: str) -> Response:
    endpoint, secret = services().webhooks.rotate(principal(), endpoint_id, body["overlap_seconds"])
    return answer(endpoint_value(endpoint, secret), 201, Cache_Control="no-store")


@blueprint.route(f"{ONE}/test", methods=["POST"])
@needs("webhooks:write")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(202, DeliverySchema)
@blueprint.problems()
@blueprint.doc(summary="Send a test event (`endpoint.test`), to a disabled endpoint too")
def test(query: dict[str, Any], endpoint_id: str) -> Response:
    made = services().webhooks.test(principal(), endpoint_id)
    return answer(delivery_value(made), 202, Location=f"/v1/webhook-deliveries/{made.id}")


@blueprint.route(f"{ONE}/recover", methods=["POST"])
@needs("webhooks:write")
@blueprint.arguments(RecoverQuerySchema, location="query")
@blueprint.response(202, RecoveredSchema)
@blueprint.problems(409)
@blueprint.doc(summary="Send again what failed, or was canceled, since a time")
def recover(query: dict[str, Any], endpoint_id: str) -> Response:
    """Each goes out under its own id. What happened while we had disabled the endpoint counts."""
    found = services().webhooks.recover(principal(), endpoint_id, query["since"])
    return answer({"recovered": found}, 202)
