"""Whether what a plugin gives has the shape that its annotations promise, all the way down."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from providers.errors import ProviderError
from providers.types import (
    CompletionRequest,
    Finished,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
    Usage,
)

DELTAS = (TextDelta, ReasoningDelta, ToolCallDelta, Finished)
PLAIN = {
    "message": (str,),
    "status": (int, NoneType),
    "request_id": (str, NoneType),
    "retry_after": (int, float, NoneType),
    "usage": (Usage, NoneType),
}


def checked(result: Any, kinds: tuple[type, ...], lent: Any) -> Any:
    """What a hook gave that was lent this. Raises TypeError."""
    if result is None:
        return None
    if type(result) in (list, tuple) and type(result) in kinds:
        fault = next(filter(None, (fault_of(delta, DELTAS) for delta in result)), None)
        ends = any(type(delta) is Finished for delta in result)
        fault = (
            "it ended the stream before its end" if ends and type(lent) is not Finished else fault
        )
    else:
        fault = fault_of(result, kinds)
    if not fault and type(result) is CompletionRequest and result.model != lent.model:
        fault = "it gave another model"
    if fault:
        raise TypeError(fault)
    return result


def fault_of(value: Any, kinds: tuple[type, ...]) -> str | None:
    """What is wrong with it, in a few words; None when it is one of `kinds`, and whole.

    Of dataclasses exactly one of these: a stranger's own may do anything when it is looked at.
    """
    if isinstance(value, ProviderError) and ProviderError in kinds:
        wrong = [n for n, types in PLAIN.items() if not isinstance(getattr(value, n, value), types)]
        return f"it gave an error whose {wrong[0]} is none" if wrong else None
    kind: Any = type(value)
    if kind not in kinds:
        return f"it gave {kind.__name__}"
    for name, hint in _fields(kind).items():
        if not _is(getattr(value, name, None), hint):
            return f"it gave a {kind.__name__} whose {name} is none"
    return None


def _is(value: Any, hint: Any) -> bool:
    origin = get_origin(hint)
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(_is(value, one) for one in get_args(hint))
    if origin is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if origin is tuple:
        return isinstance(value, tuple) and all(_is(item, get_args(hint)[0]) for item in value)
    if origin is Mapping:
        return isinstance(value, Mapping)
    if is_dataclass(hint):
        return isinstance(hint, type) and fault_of(value, (hint,)) is None
    return isinstance(value, (int, float) if hint is float else hint)


@cache
def _fields(kind: Any) -> dict[str, Any]:
    """The type of each field of a dataclass."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
