"""Requests and responses of the keys resource."""

from marshmallow import RAISE, Schema, fields, validate

from schemas.moments import Moment
from schemas.scopes import SCOPES


class KeyRequestSchema(Schema):
    class Meta:
        unknown = RAISE

    name = fields.String(required=True, validate=validate.Length(min=1, max=100))
    scopes = fields.List(
        fields.String(validate=validate.OneOf(SCOPES)),
        load_default=lambda: ["jobs:read", "jobs:write"],
        validate=validate.Length(min=1, max=20),
    )
    expires_at = Moment(allow_none=True, load_default=None)


class RotateRequestSchema(Schema):
    class Meta:
        unknown = RAISE

    overlap_seconds = fields.Float(
        load_default=0.0,
        validate=validate.Range(min=0, max=30 * 86_400),
        metadata={"description": "how long the old key goes on working"},
    )


class KeySchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    scopes = fields.List(fields.String(), required=True)
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(allow_none=True)
    revoked_at = fields.AwareDateTime(allow_none=True)
    last_used_at = fields.AwareDateTime(allow_none=True)


class NewKeySchema(KeySchema):
    token = fields.String(required=True, metadata={"description": "shown this once"})


class KeyListSchema(Schema):
    data = fields.List(fields.Nested(KeySchema), required=True)
