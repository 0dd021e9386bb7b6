"""Moments in requests: with a zone, and within what every store can keep."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields

LAST_YEAR = 9998  # a zone moves a moment by up to a day, and 9999-12-31 over the end of time


class Moment(fields.AwareDateTime):
    """RFC 3339; the value is in UTC."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:
        moment = super()._deserialize(value, attr, data, **kwargs)
        if not 1 < moment.year <= LAST_YEAR:
            raise ValidationError(f"Must lie in the years 2 to {LAST_YEAR}.")
        return moment.astimezone(UTC)
