"""Response of the list of providers."""

from marshmallow import Schema, fields

from schemas.routes import CircuitSchema


class CapabilitiesSchema(Schema):
    context = fields.Integer(
        required=True, metadata={"description": "tokens of input and output together"}
    )
    output = fields.Integer(required=True, metadata={"description": "tokens of one answer"})
    vision = fields.Boolean(required=True)
    tools = fields.Boolean(required=True)
    forced_tool = fields.Boolean(required=True)
    structured = fields.Boolean(
        required=True, metadata={"description": "the vendor enforces a schema"}
    )
    streaming = fields.Boolean(required=True)
    reasoning = fields.Boolean(required=True)
    tier = fields.String(required=True, allow_none=True)
    quality = fields.Integer(required=True, metadata={"description": "of 100"})
    tasks = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "the quality at a task, where it is another"},
    )
    price_provider = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the vendor's id in the price list; null: it is not there"},
    )
    known = fields.Boolean(
        required=True, metadata={"description": "false: nobody listed it, these are guesses"}
    )


class PriceSchema(Schema):
    input_micros = fields.Integer(required=True)
    output_micros = fields.Integer(required=True)


class ModelSchema(Schema):
    name = fields.String(required=True, metadata={"description": "provider/model"})
    capabilities = fields.Nested(CapabilitiesSchema, required=True)
    price = fields.Nested(
        PriceSchema,
        required=True,
        allow_none=True,
        metadata={"description": "micro-dollars for a million tokens; null: unpriced"},
    )
    circuit = fields.Nested(CircuitSchema, required=True)


class ProviderSchema(Schema):
    name = fields.String(required=True)
    kind = fields.String(required=True)
    simulated = fields.Boolean(required=True)
    region = fields.String(required=True, allow_none=True)
    no_training = fields.Boolean(required=True)
    any_model = fields.Boolean(
        required=True, metadata={"description": "no model is listed, so any name is tried"}
    )
    models = fields.List(fields.Nested(ModelSchema), required=True)


class ProviderListSchema(Schema):
    data = fields.List(fields.Nested(ProviderSchema), required=True)
