"""Function calls in Gemini's words, both ways."""

import base64
import binascii
import json
from hashlib import sha256
from typing import Any

from providers.llm.tool_calls import argument_object, arguments_text
from providers.types import ToolCall
from providers.wire import mapping, text

# What Google takes for a call that a Gemini 3 or later did not sign, or whose signature is gone.
UNSIGNED = b"skip_thought_signature_validator"


def call_of(part: Any, place: int, response_id: str) -> ToolCall:
    """A part's call. Most models give it no id: the one made here is the same in every reading."""
    call = mapping(part.get("functionCall"))
    name, arguments = text(call.get("name")), arguments_text(call.get("args")) or "{}"
    seed = f"{response_id}/{place}/{name}/{arguments}"
    made = f"call_{sha256(seed.encode()).hexdigest()[:24]}"
    return ToolCall(
        id=text(call.get("id")) or made,
        name=name,
        arguments=arguments,
        signature=text(part.get("thoughtSignature")),
    )


def calls_of(parts: list[Any], response_id: str) -> list[ToolCall]:
    calls = [part for part in parts if "functionCall" in part]
    return [call_of(part, place, response_id) for place, part in enumerate(calls)]


def call_part(call: ToolCall, *, signed: bool) -> dict[str, Any]:
    """A call that is sent back; `signed` when the model wants a signature on it.

    Raises InvalidRequest for arguments that are no object.
    """
    given = {"id": call.id or None, "name": call.name, "args": argument_object(call)}
    signature = _bytes(call.signature) or (UNSIGNED if signed else None)
    return {"function_call": given, "thought_signature": signature}


def result_part(call_id: str, name: str, content: str) -> dict[str, Any]:
    """What a call gave; text that is no JSON object goes into one."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    response = value if isinstance(value, dict) else {"output": content}
    return {"function_response": {"id": call_id or None, "name": name, "response": response}}


def _bytes(signature: str) -> bytes | None:
    """The signature's bytes, which the SDK encodes again; None for one of another vendor's."""
    try:
        return base64.b64decode(signature.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return None
