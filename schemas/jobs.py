"""Requests and responses of the jobs resource."""

from marshmallow import RAISE, Schema, fields, validate

from schemas.moments import Moment
from schemas.numbers import Whole
from schemas.pages import PageSchema
from schemas.problems import FaultSchema

STATUSES = ("queued", "running", "canceling", "succeeded", "failed", "canceled", "expired")
NAME = validate.Length(min=1, max=100)


class JobRequestSchema(Schema):
    class Meta:
        unknown = RAISE

    pipeline = fields.String(
        required=True, validate=NAME, metadata={"description": "see GET /v1/pipelines"}
    )
    input = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "what the pipeline takes; GET /v1/pipelines has its JSON Schema"},
    )
    items = fields.List(
        fields.Dict(keys=fields.String()),
        validate=validate.Length(min=1, max=100_000),
        metadata={"description": "a batch: one input each; the join decides how it ended"},
    )
    join = fields.String(
        validate=validate.OneOf(("all", "any")),
        load_default="any",
        metadata={"description": "any: one success is enough; all: no item may fail"},
    )
    priority = fields.String(
        validate=validate.OneOf(("high", "normal", "low")), load_default="normal"
    )
    metadata = fields.Dict(keys=fields.String(), load_default=dict)
    webhook_url = fields.String(
        validate=validate.Length(min=1, max=2048),
        metadata={"description": "told, signed with the tenant's secret, when the job has ended"},
    )
    deadline = Moment(metadata={"description": "RFC 3339; the job ends `expired` when it passes"})


class ListQuerySchema(Schema):
    class Meta:
        unknown = RAISE

    limit = Whole(load_default=50, validate=validate.Range(min=1, max=200))
    after = fields.String(
        validate=validate.Length(min=1, max=300), metadata={"description": "a page's next_cursor"}
    )
    status = fields.String(validate=validate.OneOf(STATUSES))
    pipeline = fields.String(validate=(NAME, validate.ContainsNoneOf("\0")))


class EventsQuerySchema(Schema):
    class Meta:
        unknown = RAISE

    after = Whole(
        load_default=0,
        validate=validate.Range(min=0, max=2**53),
        metadata={"description": "a sequence; events after it are given"},
    )
    limit = Whole(load_default=100, validate=validate.Range(min=1, max=1000))


class ResultsQuerySchema(Schema):
    class Meta:
        unknown = RAISE

    after = Whole(
        load_default=-1,
        validate=validate.Range(min=-1, max=2**31 - 1),
        metadata={"description": "an item's index; items after it are given"},
    )
    limit = Whole(load_default=1000, validate=validate.Range(min=1, max=5000))


class NoQuerySchema(Schema):
    class Meta:
        unknown = RAISE


class JobErrorSchema(Schema):
    code = fields.String()
    message = fields.String()
    errors = fields.List(fields.Nested(FaultSchema))


class ProgressSchema(Schema):
    total = fields.Integer()
    succeeded = fields.Integer()
    failed = fields.Integer()
    remaining = fields.Integer()


class JobSchema(Schema):
    """A job. Times are RFC 3339 in UTC."""

    id = fields.String(required=True, metadata={"example": "job_06gvmt6vk1o1vctvujlm10tsjc"})
    object = fields.Constant("job")
    pipeline = fields.String(required=True)
    pipeline_version = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    priority = fields.String(required=True)
    output = fields.Raw(allow_none=True)
    error = fields.Nested(JobErrorSchema, allow_none=True)
    metadata = fields.Dict()
    progress = fields.Nested(ProgressSchema, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    deadline = fields.AwareDateTime(allow_none=True)
    cancel_requested_at = fields.AwareDateTime(allow_none=True)
    run = fields.Integer()
    webhook_url = fields.String(allow_none=True)
    urls = fields.Dict(keys=fields.String(), values=fields.String())


class UsageSchema(Schema):
    calls = fields.Integer()
    input_tokens = fields.Integer()
    output_tokens = fields.Integer()
    cost_micros = fields.Integer(allow_none=True, metadata={"description": "micro-dollars"})
    simulated_calls = fields.Integer()


class JobDetailSchema(JobSchema):
    usage = fields.Nested(UsageSchema)
    queue_position = fields.Integer(
        allow_none=True,
        metadata={
            "description": "while queued: 1 for the next of your jobs on its provider, counted up"
            " to 10,000; 0 once it was handed to the provider's queue"
        },
    )
    stages = fields.List(fields.Dict())


class JobPageSchema(PageSchema):
    data = fields.List(fields.Nested(JobSchema), required=True)


class EventSchema(Schema):
    id = fields.String(required=True)
    type = fields.String(required=True)
    job_id = fields.String(required=True)
    sequence = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    data = fields.Dict(required=True)


class EventPageSchema(Schema):
    data = fields.List(fields.Nested(EventSchema), required=True)
    has_more = fields.Boolean(required=True)
