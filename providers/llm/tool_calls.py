"""Tool calls, as far as all vendors treat them alike."""

import json
from collections.abc import Sequence
from typing import Any

from providers.errors import InvalidRequest
from providers.types import CompletionRequest, Finish, ToolCall
from providers.wire import text


def by_tool(request: CompletionRequest) -> bool:
    """Whether the answer comes as the arguments of a tool that carries the schema."""
    return request.schema is not None and request.schema_mode != "native"


def settled(
    request: CompletionRequest, said: str, calls: Sequence[ToolCall], finish: Finish
) -> dict[str, Any]:
    """The fields of a Completion that calls bear on.

    A schema's tool is no call: its arguments are the text. A vendor that was told which tool to
    call may say that it stopped, not that it called.
    """
    if by_tool(request):
        return {"text": (calls[0].arguments if calls else "") or said, "finish": finish}
    if calls and finish == "stop":
        finish = "tool_calls"
    return {"text": said, "finish": finish, "tool_calls": tuple(calls)}


def arguments_text(given: Any) -> str:
    """A call's arguments as JSON text, whether they came as that or as the object; "": none."""
    if given is None or isinstance(given, str):
        return text(given)
    return text(json.dumps(given, ensure_ascii=False))


def argument_object(call: ToolCall) -> dict[str, Any]:
    """The arguments of a call that is sent back. Raises InvalidRequest when they are no object."""
    try:
        value = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidRequest(f"the arguments of the tool call {call.id!r} are no JSON object")
    return value
