"""/v1/settings: what the caller's tenant sets for itself."""

import re
from typing import Any

from flask import Response, request

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer, stamp
from app.repositories.tenant_settings import StoredSettings
from schemas.jobs import NoQuerySchema
from schemas.tenant_settings import StoredTenantSettingsSchema, TenantSettingsSchema

blueprint = Blueprint(
    "settings",
    __name__,
    url_prefix="/v1/settings",
    description="The tenant's own groups, capabilities, prices, privacy, policy and routing",
)
OURS = re.compile(r'"([0-9]{1,18})"')  # an ETag
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "example": '"3"',
    "description": "the ETag that was read: 412 when the settings were changed since",
}
EXAMPLE = {
    "groups": {"cheap": {"models": ["openai/gpt-5-mini"], "strategy": "lowest_cost"}},
    "prices": {"openai/gpt-5-mini": {"input": 250_000, "output": 2_000_000}},
    "privacy": {"redact": ["email", "iban"], "required": True},
    "policy": "strict",
    "routing": {"no_training": False},
}


def settings_value(stored: StoredSettings) -> dict[str, Any]:
    return {
        **stored.document,
        "version": stored.version,
        "updated_at": stamp(stored.updated_at),
    }


@blueprint.route("", methods=["GET"])
@needs("settings:read")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, StoredTenantSettingsSchema)
@blueprint.problems()
@blueprint.doc(summary="Read the tenant's settings")
def get(query: dict[str, Any]) -> Response:
    return _answer(services().tenant_settings.get(principal().tenant_id))


@blueprint.route("", methods=["PUT"])
@needs("settings:write")
@blueprint.arguments(TenantSettingsSchema, location="json", example=EXAMPLE)
@blueprint.response(200, StoredTenantSettingsSchema)
@blueprint.problems(412)
@blueprint.doc(parameters=[IF_MATCH], summary="Replace the tenant's settings, whole")
def put(body: dict[str, Any]) -> Response:
    """What is left out has its default again. Jobs submitted from now on go by the settings; one
    that was accepted before keeps what was set then. Other processes notice within 5 seconds.
    """
    stored = services().tenant_settings.put(principal().tenant_id, body, _expected())
    return _answer(stored)


def _expected() -> list[int] | None:
    """The versions that If-Match names; None: any. What is no ETag of ours matches nothing."""
    given = request.headers.get("If-Match", "*")
    if given.strip() == "*":
        return None
    found = (OURS.fullmatch(tag.strip()) for tag in given.split(","))
    return [int(tag[1]) for tag in found if tag]


def _answer(stored: StoredSettings) -> Response:
    return answer(settings_value(stored), ETag=f'"{stored.version}"')
