"""/v1/keys: the caller's tenant's API keys."""

from dataclasses import asdict
from typing import Any

from flask import Response

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer, stamp
from app.repositories.records import ApiKey
from schemas.jobs import NoQuerySchema
from schemas.keys import (
    KeyListSchema,
    KeyRequestSchema,
    KeySchema,
    NewKeySchema,
    RotateRequestSchema,
)

blueprint = Blueprint("keys", __name__, url_prefix="/v1/keys", description="API keys")
TIMES = ("created_at", "expires_at", "revoked_at", "last_used_at")


def _value(key: ApiKey, token: str | None = None) -> dict[str, Any]:
    value = {k: v for k, v in asdict(key).items() if k != "tenant_id"}
    value |= {name: stamp(getattr(key, name)) for name in TIMES}
    return value if token is None else value | {"token": token}


@blueprint.route("", methods=["POST"])
@needs("keys:write")
@blueprint.arguments(KeyRequestSchema, location="json")
@blueprint.response(201, NewKeySchema)
@blueprint.problems()
@blueprint.doc(summary="Make a key; its token is shown this once")
def create(body: dict[str, Any]) -> Response:
    caller = principal()
    key, token = services().keys.create(
        caller.tenant_id, body["name"], body["scopes"], body["expires_at"], granter=caller
    )
    return answer(_value(key, token), 201, Cache_Control="no-store")


@blueprint.route("", methods=["GET"])
@needs("keys:read")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, KeyListSchema)
@blueprint.problems()
@blueprint.doc(summary="List keys")
def list_keys(query: dict[str, Any]) -> Response:
    return answer({"data": [_value(k) for k in services().keys.list(principal().tenant_id)]})


@blueprint.route("/<string:key_id>", methods=["DELETE"])
@needs("keys:write")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, KeySchema)
@blueprint.problems()
@blueprint.doc(summary="Revoke a key")
def revoke(query: dict[str, Any], key_id: str) -> Response:
    return answer(_value(services().keys.revoke(principal().tenant_id, key_id)))


@blueprint.route("/<string:key_id>/rotate", methods=["POST"])
@needs("keys:write")
@blueprint.arguments(RotateRequestSchema, location="json")
@blueprint.response(201, NewKeySchema)
@blueprint.problems(409)
@blueprint.doc(summary="Replace a key; the old one may go on for a while")
def rotate(body: dict[str, Any], key_id: str) -> Response:
    caller = principal()
    key, token = services().keys.rotate(
        caller.tenant_id, key_id, body["overlap_seconds"], granter=caller
    )
    return answer(_value(key, token), 201, Cache_Control="no-store")
