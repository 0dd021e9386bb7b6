"""/v1/webhook-secret: what signs the events that go to jobs' own `webhook_url`s."""

from typing import Any

from flask import Response

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer
from app.api.webhook_json import secret_value
from schemas.jobs import NoQuerySchema
from schemas.webhooks import NewSigningSecretSchema, SigningSecretSchema, WebhookRotateSchema

blueprint = Blueprint(
    "webhook secret",
    __name__,
    url_prefix="/v1/webhook-secret",
    description="The secret that signs for jobs' own webhook URLs",
)


@blueprint.route("", methods=["GET"])
@needs("webhooks:read")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, SigningSecretSchema)
@blueprint.problems()
@blueprint.doc(summary="Whether there is a secret for jobs' own URLs, and since when")
def get(query: dict[str, Any]) -> Response:
    return answer(secret_value(services().webhooks.signing_secret(principal())))


@blueprint.route("/rotate", methods=["POST"])
@needs("webhooks:write")
@blueprint.arguments(WebhookRotateSchema, location="json")
@blueprint.response(201, NewSigningSecretSchema)
@blueprint.problems()
@blueprint.doc(summary="Make the secret for jobs' own URLs, or a new one; shown this once")
def rotate(body: dict[str, Any]) -> Response:
    made = services().webhooks.rotate_signing_secret(principal(), body["overlap_seconds"])
    return answer(secret_value(made.record, made.secret), 201, Cache_Control="no-store")
