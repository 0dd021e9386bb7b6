"""Anthropic's messages."""

from collections.abc import Iterator
from typing import Any

from providers.simulator.prompt import Asked, after_system, asked, part, text_of
from providers.simulator.tools import Extras, listed, offer, picture, picture_at, result
from providers.simulator.wire import Answer, Body, Wire, arguments, event, pieces

FINISH = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal"}
CHOICE = {"auto": "auto", "none": "none", "any": "required"}
ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def read(body: Body, _: str) -> Asked:
    turns, last = after_system(body)
    form = part(body, "output_config", "format") or body.get("output_format")
    return asked(
        body.get("model"),
        turns,
        part(form, "schema"),
        stream=body.get("stream"),
        limit=body.get("max_tokens"),
        extras=_extras(body, last),
    )


def _extras(body: Body, last: str) -> Extras:
    choice = body.get("tool_choice")
    blocks = [listed(part(message, "content")) for message in body["messages"]]
    every = [block for some in blocks for block in some]
    inner = [b for block in every for b in listed(part(block, "content"))]  # of results
    used = {part(b, "id"): part(b, "name") for b in every if part(b, "type") == "tool_use"}
    return Extras(
        offers=[
            found
            for tool in listed(body.get("tools"))
            for found in offer(part(tool, "name"), part(tool, "input_schema"))
        ],
        choice=CHOICE.get(part(choice, "type") or "auto") or str(part(choice, "name")),
        asked=last,
        results=[
            result(used.get(block.get("tool_use_id")), text_of(block.get("content")))
            for block in (blocks[-1] if blocks else [])
            if part(block, "type") == "tool_result"
        ],
        pictures=[_picture(part(b, "source")) for b in every + inner if part(b, "type") == "image"],
    )


def _picture(source: Any) -> str:
    if part(source, "type") == "url":
        return picture_at(part(source, "url"))
    return picture(part(source, "media_type"), part(source, "data"))


def write(call: Asked, answer: Answer) -> Body:
    tool = _tool_use(call, answer)
    return _open(call, answer) | {
        "content": [tool or {"type": "text", "text": answer.text}],
        "stop_reason": "tool_use" if tool else FINISH[answer.finish],
        "usage": _usage(answer, answer.output_tokens),
    }


def _tool_use(call: Asked, answer: Answer) -> Body | None:
    value = arguments(call, answer)
    if value is None:
        return None
    return {
        "type": "tool_use",
        "id": f"toolu_{answer.request_id}",
        "name": call.tool,
        "input": value,
    }


def events(call: Asked, answer: Answer) -> Iterator[bytes]:
    for data in _steps(call, answer):
        yield event(data, data["type"])


def _steps(call: Asked, answer: Answer) -> Iterator[Body]:
    yield {"type": "message_start", "message": _open(call, answer)}
    tool = _tool_use(call, answer)
    empty = {**tool, "input": {}} if tool else {"type": "text", "text": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": empty}
    for piece in pieces(answer.text):
        delta = {"type": "text_delta", "text": piece}
        if tool:
            delta = {"type": "input_json_delta", "partial_json": piece}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    ended = "tool_use" if tool else FINISH[answer.finish]
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": ended, "stop_sequence": None},
        "usage": _usage(answer, answer.output_tokens),
    }
    yield {"type": "message_stop"}


def error(status: int, message: str, code: str | None) -> Body:
    kind = code or ERRORS.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}}


def _open(call: Asked, answer: Answer) -> Body:
    return {
        "id": f"msg_{answer.request_id}",
        "type": "message",
        "role": "assistant",
        "model": call.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _usage(answer, 1),
    }


def _usage(answer: Answer, output_tokens: int) -> Body:
    return {
        "input_tokens": answer.input_tokens,
        "output_tokens": output_tokens,
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
    }


WIRE = Wire(
    vendor="anthropic",
    id_header="request-id",
    read=read,
    write=write,
    events=events,
    error=error,
    fault=lambda body: event(body, "error"),
)
