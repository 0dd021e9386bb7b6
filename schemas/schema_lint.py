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
    dialect = fields.String(
        required=True, metadata={"description": "of JSON Schema; none: nothing is known of it"}
    )
    mode = fields.String(
        required=True,
        metadata={
            "description": "native, strict_tool: the vendor enforces the schema; tool: it sees it"
            " as a tool's parameters; prompt: it is asked for in words"
        },
    )
    modes = fields.List(
        fields.String(), required=True, metadata={"description": "best first; mode is the first"}
    )
    reason = fields.String(allow_none=True, metadata={"description": "why not natively"})
    relaxed = fields.List(fields.Nested(RelaxationSchema), required=True)


class SchemaReportSchema(Schema):
    valid = fields.Boolean(required=True)
    errors = fields.List(fields.Nested(SchemaFaultSchema), required=True)
    warnings = fields.List(
        fields.Nested(SchemaFaultSchema),
        required=True,
        metadata={"description": "what is said in vain; a job may bring the schema all the same"},
    )
    plans = fields.List(fields.Nested(ModelPlanSchema), required=True)
