"""RFC 9457 problem documents."""

from typing import Any, Self

from marshmallow import Schema, fields


class FaultSchema(Schema):
    pointer = fields.String(required=True, metadata={"description": "JSON Pointer into the body"})
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """application/problem+json (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String()
    code = fields.String(required=True, metadata={"description": "stable, for programs"})
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(FaultSchema))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself: nobody changes one, and every operation documents a dozen, copied in turn."""
        return self
