"""Objects whose keys are names that the client chose, as `{"cheap": {...}}`."""

from typing import Any

from marshmallow import ValidationError, fields


class Named(fields.Dict):
    """A Dict whose faults stand under their key alone, and not under `value` in it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            told = {name: _inner(found) for name, found in error.messages.items()}
            raise ValidationError(told, valid_data=error.valid_data) from None


def _inner(found: Any) -> Any:
    if isinstance(found, dict) and found.keys() <= {"key", "value"}:
        return found.get("key") or found["value"]
    return found
