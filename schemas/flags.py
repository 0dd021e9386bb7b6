"""True and false in requests."""

from typing import Any

from marshmallow import fields


class Flag(fields.Boolean):
    """JSON's true and false, and not what Python takes for them."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value
