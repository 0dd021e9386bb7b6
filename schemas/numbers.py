"""Whole numbers in queries: ASCII digits, and not all that Python's int() takes."""

import re
from typing import Any

from marshmallow import fields

DIGITS = re.compile(r"-?[0-9]{1,19}")


class Whole(fields.Integer):
    """`10`; not `1_0`, ` 10` or digits of another script."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and not DIGITS.fullmatch(value):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)
