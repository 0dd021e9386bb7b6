"""OpenAI's chat.completions, which every compatible server speaks too."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from typing import Any

from providers.simulator.prompt import Asked, asked, part, text_of, turns_of
from providers.simulator.tools import Extras, Offer, listed, offer, picture_at, result
from providers.simulator.wire import CREATED, Answer, Body, Wire, event, pieces

FINISH = {"length": "length"}
CODES = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
}


def read(body: Body, _: str) -> Asked:
    form, turns = body.get("response_format"), turns_of(body.get("messages"))
    call = asked(
        body.get("model"),
        turns,
        part(form, "json_schema", "schema"),
        json_mode=part(form, "type") == "json_object",
        stream=body.get("stream"),
        limit=body.get("max_completion_tokens") or body.get("max_tokens"),
        extras=Extras(
            offers=_offers(body.get("tools")),
            choice=_choice(body.get("tool_choice")),
            asked=turns[-1].text if turns else "",
            results=_results(body["messages"]),
            pictures=_pictures(body["messages"]),
        ),
    )
    return replace(call, counted=bool(part(body, "stream_options", "include_usage")))


def _offers(tools: Any) -> list[Offer]:
    functions = [part(tool, "function") for tool in listed(tools)]
    return [o for f in functions for o in offer(part(f, "name"), part(f, "parameters"))]


def _choice(choice: Any) -> str:
    return part(choice, "function", "name") or (choice if isinstance(choice, str) else "auto")


def _results(messages: list[Any]) -> list[str]:
    """Of the tools' turns at the end."""
    calls = [call for message in messages for call in listed(part(message, "tool_calls"))]
    names = {part(call, "id"): part(call, "function", "name") for call in calls}
    last = list(takewhile(lambda m: part(m, "role") == "tool", reversed(messages)))[::-1]
    return [result(names.get(m.get("tool_call_id")), text_of(m.get("content"))) for m in last]


def _pictures(messages: list[Any]) -> list[str]:
    parts = [piece for message in messages for piece in listed(part(message, "content"))]
    return [
        picture_at(part(piece, "image_url", "url"))
        for piece in parts
        if part(piece, "type") == "image_url"
    ]


def write(call: Asked, answer: Answer) -> Body:
    refused, calls = answer.finish == "refusal", _calls(call, answer)
    message: Body = {
        "role": "assistant",
        "content": None if refused else answer.text,
        "refusal": answer.text if refused else None,
        "annotations": [],
    }
    if calls:
        message |= {"content": None, "tool_calls": [_call(call, answer, answer.text)]}
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": FINISH.get(answer.finish, "tool_calls" if calls else "stop"),
        "logprobs": None,
    }
    return _head(call, answer, "chat.completion") | {"choices": [choice], "usage": usage(answer)}


def _call(call: Asked, answer: Answer, arguments: str) -> Body:
    function = {"name": call.tool, "arguments": arguments}
    return {"id": f"call_{answer.request_id}", "type": "function", "function": function}


def events(call: Asked, answer: Answer) -> Iterator[bytes]:
    head = _head(call, answer, "chat.completion.chunk")
    yield from _called(head, call, answer) if _calls(call, answer) else _said(head, answer)
    if call.counted:
        yield event({**head, "choices": [], "usage": usage(answer)})
    yield b"data: [DONE]\n\n"


def _calls(call: Asked, answer: Answer) -> bool:
    return bool(call.tool) and answer.finish != "refusal"


def _called(head: Body, call: Asked, answer: Answer) -> Iterator[bytes]:
    begun = {"index": 0, **_call(call, answer, "")}
    yield _chunk(head, {"role": "assistant", "content": None, "tool_calls": [begun]}, None)
    for piece in pieces(answer.text):
        more = {"index": 0, "function": {"arguments": piece}}
        yield _chunk(head, {"tool_calls": [more]}, None)
    yield _chunk(head, {}, FINISH.get(answer.finish, "tool_calls"))


def _said(head: Body, answer: Answer) -> Iterator[bytes]:
    field = "refusal" if answer.finish == "refusal" else "content"
    yield _chunk(head, {"role": "assistant", field: ""}, None)
    for piece in pieces(answer.text):
        yield _chunk(head, {field: piece}, None)
    yield _chunk(head, {}, FINISH.get(answer.finish, "stop"))


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
