"""/v1/schemas/lint: what becomes of a schema, without spending anything."""

from dataclasses import asdict
from typing import Any

from flask import Response

from app.api.blueprint import Blueprint, needs, principal, services
from app.api.job_json import answer
from schemas.schema_lint import SchemaLintRequestSchema, SchemaReportSchema

blueprint = Blueprint(
    "schemas", __name__, url_prefix="/v1/schemas", description="Schemas of answers"
)
EXAMPLE = {
    "schema": {
        "type": "object",
        "properties": {"total": {"type": "number", "minimum": 0}, "note": {"type": "string"}},
        "required": ["total"],
    }
}


@blueprint.route("/lint", methods=["POST"])
@needs("jobs:read")
@blueprint.arguments(SchemaLintRequestSchema, location="json", example=EXAMPLE)
@blueprint.response(200, SchemaReportSchema)
@blueprint.problems()
@blueprint.doc(summary="Check a schema, and see how each model would be asked for it")
def lint(body: dict[str, Any]) -> Response:
    """A job that brings a schema with errors is refused. What a vendor does not enforce is
    checked afterwards: an answer is always validated against the schema as it was given.
    """
    catalog = services().tenant_settings.routes(principal().tenant_id).catalog
    report = services().schema_lint.lint(body["schema"], body.get("models"), catalog)
    return answer({"valid": not report.errors, **asdict(report)})
