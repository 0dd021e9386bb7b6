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


class Count(fields.Integer):
    """JSON's whole numbers, and not what Python takes for them: no `"5"`, `5.5` or `true`."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Amount(fields.Float):
    """JSON's numbers: no `"5"`, no `true`."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> float:
        if type(value) not in (int, float):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)
