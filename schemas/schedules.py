"""Requests and responses of the schedules resource."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from schemas.flags import Flag
from schemas.moments import Moment
from schemas.numbers import Whole
from schemas.pages import PageSchema

NAME = (validate.Length(min=1, max=100), validate.ContainsNoneOf("\0"))
INTERVAL = validate.Range(min=1, max=366 * 86_400)
CATCH_UP = validate.OneOf(("skip", "latest", "all"))
OVERLAP = validate.OneOf(("allow", "skip", "cancel_previous"))
CAP = validate.Range(min=1, max=1000)
TRIGGERS = ("schedule", "manual")
JITTER = validate.Range(min=0, max=86_400)
CRON = {"description": "minute hour day month weekday", "example": "0 9 * * MON-FRI"}
ZONE = {"description": "IANA time zone", "example": "Europe/Berlin"}
JOB = {
    "description": "the body of POST /v1/jobs, without a deadline; its texts may hold"
    " {{ fire_at }}, {{ scheduled_date }}, {{ scheduled_time }}, {{ previous_fire_at }},"
    " {{ schedule_id }} and {{ schedule_name }}"
}
CATCH_UP_TOLD = {
    "description": "of moments missed by over a minute, unless the operator set another time: none,"
    " the latest, or all up to the cap"
}
JITTER_TOLD = {
    "description": "fires come up to so many seconds later; less than the least time between two"
    " moments, of a cron rule the next 1,500 and those around the next year's clock changes"
}
OVERLAP_TOLD = {"description": "while an earlier job of the schedule has not ended"}


class SchedulePatchSchema(Schema):
    """What may change; what is not named stays. cron takes interval_seconds' place, and back."""

    class Meta:
        unknown = RAISE

    name = fields.String(validate=NAME)
    cron = fields.String(validate=validate.Length(max=200), metadata=CRON)
    interval_seconds = fields.Integer(strict=True, validate=INTERVAL)
    timezone = fields.String(validate=validate.Length(min=1, max=64), metadata=ZONE)
    job = fields.Dict(keys=fields.String(), metadata=JOB)
    catch_up = fields.String(validate=CATCH_UP, metadata=CATCH_UP_TOLD)
    catch_up_cap = fields.Integer(strict=True, validate=CAP)
    overlap = fields.String(validate=OVERLAP, metadata=OVERLAP_TOLD)
    jitter_seconds = fields.Integer(strict=True, validate=JITTER, metadata=JITTER_TOLD)
    starts_at = Moment(
        allow_none=True, metadata={"description": "an interval fires at it, and counts from it"}
    )
    ends_at = Moment(allow_none=True)
    enabled = Flag()


class ScheduleRequestSchema(SchedulePatchSchema):
    class Meta:
        unknown = RAISE

    name = fields.String(required=True, validate=NAME)
    timezone = fields.String(
        load_default="UTC", validate=validate.Length(min=1, max=64), metadata=ZONE
    )
    job = fields.Dict(keys=fields.String(), required=True, metadata=JOB)
    catch_up = fields.String(load_default="latest", validate=CATCH_UP, metadata=CATCH_UP_TOLD)
    catch_up_cap = fields.Integer(strict=True, load_default=100, validate=CAP)
    overlap = fields.String(load_default="allow", validate=OVERLAP, metadata=OVERLAP_TOLD)
    jitter_seconds = fields.Integer(
        strict=True, load_default=0, validate=JITTER, metadata=JITTER_TOLD
    )
    enabled = Flag(load_default=True)


class SchedulesQuerySchema(Schema):
    class Meta:
        unknown = RAISE

    limit = Whole(load_default=50, validate=validate.Range(min=1, max=200))
    after = fields.String(
        validate=validate.Regexp(r"sch_[0-9a-z]{26}\Z", error="is no cursor of this list"),
        metadata={"description": "a page's next_cursor"},
    )


class Before(Moment):
    """A moment, or a moment and a trigger with ~ between; the value is (moment, trigger or "")."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        moment, tilde, trigger = str(value).partition("~")
        if tilde and trigger not in TRIGGERS:
            raise ValidationError("is no cursor of this list")
        return super()._deserialize(moment, attr, data, **kwargs), trigger


class FiresQuerySchema(Schema):
    class Meta:
        unknown = RAISE

    limit = Whole(load_default=50, validate=validate.Range(min=1, max=200))
    before = Before(
        metadata={"description": "a page's next_cursor, or a moment; fires before it are given"}
    )


class NoBodySchema(Schema):
    """Nothing: what fires is the schedule's job as it is."""

    class Meta:
        unknown = RAISE


class ScheduleSchema(Schema):
    id = fields.String(required=True, metadata={"example": "sch_06gvmt6vk1o1vctvujlm10tsjc"})
    object = fields.Constant("schedule")
    name = fields.String(required=True)
    cron = fields.String(required=True, allow_none=True)
    interval_seconds = fields.Integer(required=True, allow_none=True)
    timezone = fields.String(required=True)
    job = fields.Dict(required=True)
    catch_up = fields.String(required=True)
    catch_up_cap = fields.Integer(required=True)
    overlap = fields.String(required=True)
    jitter_seconds = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(allow_none=True)
    ends_at = fields.AwareDateTime(allow_none=True)
    enabled = fields.Boolean(required=True)
    next_fires = fields.List(
        fields.AwareDateTime(),
        required=True,
        metadata={"description": "the next five moments, without jitter"},
    )
    last_fire_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class SchedulePageSchema(PageSchema):
    data = fields.List(fields.Nested(ScheduleSchema), required=True)


class FireSchema(Schema):
    schedule_id = fields.String(required=True)
    fire_at = fields.AwareDateTime(required=True)
    trigger = fields.String(required=True, metadata={"description": "schedule | manual"})
    status = fields.String(
        required=True, metadata={"description": "fired | skipped | missed | refused"}
    )
    job_id = fields.String(allow_none=True)
    error = fields.Dict(allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class FirePageSchema(PageSchema):
    data = fields.List(fields.Nested(FireSchema), required=True)
