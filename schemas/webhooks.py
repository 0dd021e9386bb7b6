"""Requests and responses of the webhook resources."""

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates

from schemas.flags import Flag
from schemas.moments import Moment
from schemas.numbers import Whole
from schemas.pages import PageSchema

JOB_EVENTS = (
    "job.queued",
    "job.running",
    "job.progress",
    "job.succeeded",
    "job.failed",
    "job.canceled",
    "job.expired",
)
EVENT_TYPES = (*JOB_EVENTS, "endpoint.disabled")
BY_DEFAULT = tuple(name for name in EVENT_TYPES if name != "job.progress")
STATUSES = ("pending", "delivering", "succeeded", "failed", "canceled")
URL = validate.Length(min=1, max=2048)
TYPES = {
    "description": "what to be told of; job.progress is sent only where it is named",
    "example": ["job.succeeded", "job.failed"],
}


class WebhookEndpointPatchSchema(Schema):
    """What may change; what is not named stays."""

    class Meta:
        unknown = RAISE

    url = fields.String(validate=URL, metadata={"description": "https; a public address"})
    event_types = fields.List(
        fields.String(validate=validate.OneOf(EVENT_TYPES)),
        validate=validate.Length(min=1, max=len(EVENT_TYPES)),
        metadata=TYPES,
    )
    description = fields.String(validate=validate.Length(max=500))
    metadata = fields.Dict(keys=fields.String())
    include_result = Flag(
        metadata={"description": "send a job's output in job.succeeded, up to the size limit"},
    )
    enabled = Flag(
        metadata={"description": "enabling forgives past failures; disabling cancels what waits"},
    )

    @validates("event_types")
    def _once(self, value: list[str], data_key: str) -> None:
        if len(set(value)) != len(value):
            raise ValidationError("Names a type twice.")


class WebhookEndpointRequestSchema(WebhookEndpointPatchSchema):
    class Meta:
        unknown = RAISE

    url = fields.String(
        required=True, validate=URL, metadata={"description": "https; a public address"}
    )
    event_types = fields.List(
        fields.String(validate=validate.OneOf(EVENT_TYPES)),
        validate=validate.Length(min=1, max=len(EVENT_TYPES)),
        load_default=lambda: list(BY_DEFAULT),
        metadata=TYPES,
    )
    description = fields.String(load_default="", validate=validate.Length(max=500))
    metadata = fields.Dict(keys=fields.String(), load_default=dict)
    include_result = Flag(
        load_default=False,
        metadata={"description": "send a job's output in job.succeeded, up to the size limit"},
    )
    enabled = Flag(load_default=True)


class WebhookRotateSchema(Schema):
    class Meta:
        unknown = RAISE

    overlap_seconds = fields.Float(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=0, max=30 * 86_400),
        metadata={"description": "how long the old secret signs too; a day unless configured"},
    )


class RecoverQuerySchema(Schema):
    class Meta:
        unknown = RAISE

    since = Moment(
        required=True, metadata={"description": "RFC 3339; deliveries made since then are sent"}
    )


class DeliveriesQuerySchema(Schema):
    class Meta:
        unknown = RAISE

    limit = Whole(load_default=20, validate=validate.Range(min=1, max=100))
    after = fields.String(
        validate=validate.Regexp(r"dlv_[0-9a-f]{32}\Z", error="is no cursor of this list"),
        metadata={"description": "a page's next_cursor"},
    )
    endpoint_id = fields.String(validate=validate.Regexp(r"whe_[0-9a-z]{26}\Z"))
    job_id = fields.String(validate=validate.Regexp(r"job_[0-9a-z]{26}\Z"))
    status = fields.String(validate=validate.OneOf(STATUSES))
    type = fields.String(validate=validate.OneOf((*EVENT_TYPES, "endpoint.test")))


class WebhookEndpointSchema(Schema):
    id = fields.String(required=True, metadata={"example": "whe_06gvmt6vk1o1vctvujlm10tsjc"})
    object = fields.Constant("webhook_endpoint")
    url = fields.String(required=True)
    event_types = fields.List(fields.String(), required=True)
    description = fields.String(required=True)
    metadata = fields.Dict(required=True)
    include_result = fields.Boolean(required=True)
    enabled = fields.Boolean(required=True)
    failing_since = fields.AwareDateTime(allow_none=True)
    disabled_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "when we disabled it; null when its owner did"}
    )
    disabled_reason = fields.String(allow_none=True, metadata={"description": "gone | failing"})
    previous_until = fields.AwareDateTime(
        allow_none=True, metadata={"description": "until then the secret of before signs too"}
    )
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class NewWebhookEndpointSchema(WebhookEndpointSchema):
    secret = fields.String(required=True, metadata={"description": "whsec_...; shown this once"})


class WebhookEndpointListSchema(Schema):
    data = fields.List(fields.Nested(WebhookEndpointSchema), required=True)


class SigningSecretSchema(Schema):
    created_at = fields.AwareDateTime(required=True)
    previous_until = fields.AwareDateTime(allow_none=True)


class NewSigningSecretSchema(SigningSecretSchema):
    secret = fields.String(required=True, metadata={"description": "whsec_...; shown this once"})


class AttemptSchema(Schema):
    number = fields.Integer(required=True)
    status_code = fields.Integer(allow_none=True, metadata={"description": "null: no answer"})
    error = fields.String(allow_none=True)
    response = fields.String(allow_none=True, metadata={"description": "its first 1024 bytes"})
    latency_ms = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)


class DeliverySchema(Schema):
    id = fields.String(required=True, metadata={"description": "the webhook-id of every attempt"})
    object = fields.Constant("webhook_delivery")
    endpoint_id = fields.String(allow_none=True, metadata={"description": "null: a job's own URL"})
    url = fields.String(allow_none=True, metadata={"description": "that URL"})
    job_id = fields.String(allow_none=True)
    event_id = fields.String(allow_none=True)
    type = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    payload = fields.Dict(required=True)
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)
    next_attempt_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(allow_none=True)


class DeliveryPageSchema(PageSchema):
    data = fields.List(fields.Nested(DeliverySchema), required=True)


class RecoveredSchema(Schema):
    recovered = fields.Integer(required=True)
