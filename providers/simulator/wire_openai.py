"""OpenAI's chat.completions, which every compatible server speaks too."""

from collections.abc import Iterator
from typing import Any

from providers.simulator.prompt import Asked, asked, first, part, turns_of
from providers.simulator.wire import CREATED, Answer, Body, Wire, event, pieces

FINISH = {"length": "length"}
CODES = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}


def read(body: Body, _: str) -> Asked:
    form = body.get("response_format")
    tool = None if form else part(first(body.get("tools")), "function")
    return asked(
        body.get("model"),
        turns_of(body.get("messages")),
        part(form, "json_schema", "schema") or part(tool, "parameters"),
        tool=part(tool, "name"),
        json_mode=part(form, "type") == "json_object",
        stream=body.get("stream"),
        limit=body.get("max_completion_tokens") or body.get("max_tokens"),
    )


def write(call: Asked, answer: Answer) -> Body:
    refused = answer.finish == "refusal"
    message: Body = {
        "role": "assistant",
        "content": None if refused else answer.text,
        "refusal": answer.text if refused else None,
        "annotations": [],
    }
    if call.tool and not refused:
        function = {"name": call.tool, "arguments": answer.text}
        message["content"] = None
        message["tool_calls"] = [
            {"id": f"call_{answer.request_id}", "type": "function", "function": function}
        ]
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": FINISH.get(answer.finish, "tool_calls" if call.tool else "stop"),
        "logprobs": None,
    }
    return _head(call, answer, "chat.completion") | {"choices": [choice], "usage": usage(answer)}


def events(call: Asked, answer: Answer) -> Iterator[bytes]:
    head = _head(call, answer, "chat.completion.chunk")
    field = "refusal" if answer.finish == "refusal" else "content"
    yield _chunk(head, {"role": "assistant", field: ""}, None)
    for piece in pieces(answer.text):
        yield _chunk(head, {field: piece}, None)
    yield _chunk(head, {}, FINISH.get(answer.finish, "stop"))
    yield event({**head, "choices": [], "usage": usage(answer)})
    yield b"data: [DONE]\n\n"


def error(status: int, message: str, code: str | None) -> Body:
    kind, usual = CODES.get(status, ("server_error", None))
    if code is not None:
        kind = code
    return {"error": {"message": message, "type": kind, "param": None, "code": code or usual}}


def usage(answer: Answer) -> Body:
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def _head(call: Asked, answer: Answer, kind: str) -> Body:
    return {
        "id": f"chatcmpl-{answer.request_id}",
        "object": kind,
        "created": CREATED,
        "model": call.model,
        "system_fingerprint": "penstock-simulator",
    }


def _chunk(head: Body, delta: dict[str, Any], finish: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return event({**head, "choices": [choice]})


WIRE = Wire(
    vendor="openai",
    id_header="x-request-id",
    read=read,
    write=write,
    events=events,
    error=error,
)
