"""Request and response of the routing explanation."""

from marshmallow import RAISE, Schema, fields


class RouteRequestSchema(Schema):
    class Meta:
        unknown = RAISE

    input = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "as of an extract job; nothing in it is required"},
    )


class CircuitSchema(Schema):
    state = fields.String(required=True, metadata={"description": "closed | open | half_open"})
    reason = fields.String(required=True)
    seconds = fields.Float(required=True, metadata={"description": "until it is half open"})


class LimitsSchema(Schema):
    requests = fields.Integer(
        required=True, allow_none=True, metadata={"description": "left now; null: no such limit"}
    )
    tokens = fields.Integer(required=True, allow_none=True, metadata={"description": "the same"})
    seconds = fields.Float(
        required=True, metadata={"description": "until such a request may go out"}
    )


class CandidateSchema(Schema):
    model = fields.String(required=True, metadata={"description": "provider/model"})
    kept = fields.Boolean(required=True)
    position = fields.Integer(
        required=True, allow_none=True, metadata={"description": "1: tried first"}
    )
    reasons = fields.List(fields.String(), required=True, metadata={"description": "against it"})
    estimated_cost_micros = fields.Integer(
        required=True, allow_none=True, metadata={"description": "micro-dollars; null: unpriced"}
    )
    price_source = fields.String(
        required=True, metadata={"description": "tenant, operator, genai-prices ..., unpriced"}
    )
    circuit = fields.Nested(CircuitSchema, required=True)
    limits = fields.Nested(
        LimitsSchema,
        required=True,
        allow_none=True,
        metadata={"description": "requests and tokens a minute; null: nothing limits it"},
    )
    in_flight = fields.Integer(required=True)
    slots = fields.Integer(required=True)
    p95_ms = fields.Float(required=True, allow_none=True)
    weight = fields.Integer(required=True)
    quality = fields.Integer(required=True)
    task_quality = fields.Integer(
        required=True, metadata={"description": "at the request's task: what highest_quality is by"}
    )


class DecisionSchema(Schema):
    strategy = fields.String(required=True)
    candidates = fields.List(fields.Nested(CandidateSchema), required=True)


class RouteSchema(Schema):
    estimated_input_tokens = fields.Integer(
        required=True,
        metadata={
            "description": "of one call, pictures too: of a long document, its longest chunk"
        },
    )
    chunks = fields.Integer(
        required=True, metadata={"description": "that the document is split into; 1: it is not"}
    )
    effort = fields.String(required=True, allow_none=True)
    task = fields.String(
        required=True, metadata={"description": "extraction | reasoning | code | vision"}
    )
    decisions = fields.List(
        fields.Nested(DecisionSchema),
        required=True,
        metadata={"description": "one for each name in `model`, tried one after another"},
    )
