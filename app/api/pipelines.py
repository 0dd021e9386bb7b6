"""/v1/pipelines: what can be run, with the JSON Schema of each input."""

from dataclasses import asdict
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from app.api.blueprint import Blueprint, needs, services
from app.api.job_json import answer
from schemas.jobs import NoQuerySchema

blueprint = Blueprint("pipelines", __name__, url_prefix="/v1/pipelines", description="Pipelines")


class PipelineSchema(Schema):
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    description = fields.String(required=True)
    input_schema = fields.Dict(required=True)
    item_schema = fields.Dict(allow_none=True)


class PipelineListSchema(Schema):
    data = fields.List(fields.Nested(PipelineSchema), required=True)


@blueprint.route("", methods=["GET"])
@needs("jobs:read")
@blueprint.arguments(NoQuerySchema, location="query")
@blueprint.response(200, PipelineListSchema)
@blueprint.problems()
@blueprint.doc(summary="List pipelines")
def list_pipelines(query: dict[str, Any]) -> Response:
    return answer({"data": [asdict(p) for p in services().pipelines.list()]})
