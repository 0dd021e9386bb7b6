"""Request and response of the schema linter."""

from marshmallow import RAISE, Schema, fields, validate


class SchemaLintRequestSchema(Schema):
    class Meta:
        unknown = RAISE

    schema = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "JSON Schema (2020-12)"}
    )
    models = fields.List(
        fields.String(validate=validate.Length(min=1, max=200)),
        validate=validate.Length(min=1, max=100),
        metadata={"description": "provider/model, or what a job may name; default: every model"},
    )


class SchemaFaultSchema(Schema):
    pointer = fields.String(required=True, metadata={"description": "into the schema"})
    code = fields.String(required=True)
    detail = fields.String(required=True)


class RelaxationSchema(Schema):
    pointer = fields.String(required=True)
    keyword = fields.String(required=True)
    detail = fields.String(required=True)


class ModelPlanSchema(Schema):
    model = fields.String(required=True, metadata={"description": "provider/model"})
    mode = fields.String(
        required=True,
        metadata={"description": "native: the vendor enforces the schema; prompt: it is asked for"},
    )
    reason = fields.String(allow_none=True, metadata={"description": "why not natively"})
    relaxed = fields.List(fields.Nested(RelaxationSchema), required=True)


class SchemaReportSchema(Schema):
    valid = fields.Boolean(required=True)
    errors = fields.List(fields.Nested(SchemaFaultSchema), required=True)
    plans = fields.List(fields.Nested(ModelPlanSchema), required=True)
