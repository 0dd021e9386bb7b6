"""Request and response of the usage report."""

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from schemas.moments import Moment

GROUPS = ("day", "provider", "model", "key", "pipeline")


def _groups(text: str) -> None:
    for name in text.split(","):
        if name not in GROUPS:
            known = ", ".join(GROUPS)
            raise ValidationError(f"{name[:40]!r} is no group; known are {known}")


class UsageQuerySchema(Schema):
    class Meta:
        unknown = RAISE

    since = Moment(data_key="from", metadata={"description": "default: 30 days before `to`"})
    until = Moment(data_key="to", metadata={"description": "default: now"})
    group_by = fields.String(
        load_default="day",
        validate=_groups,
        metadata={"description": f"one or more of {', '.join(GROUPS)}, with commas between"},
    )
    format = fields.String(load_default="json", validate=validate.OneOf(("json", "csv")))


class UsageLineSchema(Schema):
    """A line has the groups that were asked for, and these."""

    day = fields.Date(metadata={"description": "UTC"})
    provider = fields.String()
    model = fields.String()
    key = fields.String(
        allow_none=True, metadata={"description": "the API key's id, or the schedule's"}
    )
    pipeline = fields.String()
    calls = fields.Integer(required=True)
    failed_calls = fields.Integer(required=True)
    unknown_calls = fields.Integer(
        required=True, metadata={"description": "nobody knows whether they completed"}
    )
    simulated_calls = fields.Integer(required=True)
    unpriced_calls = fields.Integer(
        required=True, metadata={"description": "of unknown price: not in cost_micros"}
    )
    input_tokens = fields.Integer(required=True)
    cache_read_tokens = fields.Integer(required=True)
    cache_write_tokens = fields.Integer(required=True)
    output_tokens = fields.Integer(required=True)
    reasoning_tokens = fields.Integer(required=True)
    cost_micros = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "micro-dollars; null when no call's price is known"},
    )


class UsageReportSchema(Schema):
    data = fields.List(fields.Nested(UsageLineSchema), required=True)
