"""How each vendor says the same things on the wire, streamed."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.contract import streams_bedrock
from tests.contract.streams_compatible import STREAMING_SERVERS
from tests.contract.vendor import Json
from tests.contract.vendors import ANTHROPIC, GEMINI, OPENAI

Call = tuple[str, str, Sequence[str]]  # id, name, pieces of the arguments


@dataclass(frozen=True, kw_only=True)
class Streamed:
    """Each field or function: a stream's events, whose usage is the same as `Vendor.answer`'s."""

    text: Callable[[Sequence[str], str | None], list[bytes]]  # pieces, finish (None: the usual)
    calls: Callable[[Sequence[Call]], list[bytes]]
    reasoning: bool  # whether `text` begins with "hm" as reasoning
    refusals: list[list[bytes]]
    errors: list[tuple[bytes, str]]  # an event, the code of our error
    path: Callable[[str], str] = lambda path: path  # from the path of a call that is not streamed
    unfinished: Sequence[list[bytes]] = ()  # whole streams that lack their end


def event(data: Any, name: str = "") -> bytes:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return (f"event: {name}\n" if name else "").encode() + f"data: {text}\n\n".encode()


def _openai_chunk(delta: Json, finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None, **more}
    return event({**_OPENAI_HEAD, "choices": [choice], "usage": None})


_OPENAI_HEAD: Json = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "model": "gpt-5-mini-2025-08-07",
}
_OPENAI_ROLE = _openai_chunk({"role": "assistant", "content": "", "refusal": None})
_OPENAI_USAGE = event({**_OPENAI_HEAD, "choices": [], "usage": OPENAI.answer("", "stop")["usage"]})
_OPENAI_END = [_OPENAI_USAGE, event("[DONE]")]


def _openai_text(pieces: Sequence[str], finish: str | None = None) -> list[bytes]:
    said = [_openai_chunk({"content": piece}) for piece in pieces]
    return [_OPENAI_ROLE, *said, _openai_chunk({}, finish or "stop"), *_OPENAI_END]


def _openai_calls(calls: Sequence[Call]) -> list[bytes]:
    events = [_OPENAI_ROLE]
    for index, (number, name, pieces) in enumerate(calls):
        begun = {"id": number, "type": "function", "function": {"name": name, "arguments": ""}}
        events.append(_openai_chunk({"tool_calls": [{"index": index, **begun}]}))
        for piece in pieces:
            more = {"index": index, "function": {"arguments": piece}}
            events.append(_openai_chunk({"tool_calls": [more]}))
    return [*events, _openai_chunk({}, "tool_calls"), *_OPENAI_END]


def _openai_error(code: str, kind: str, message: str) -> bytes:
    return event({"error": {"message": message, "type": kind, "param": None, "code": code or None}})


def _openrouter_error(code: int, message: str) -> bytes:
    choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
    error = {"code": code, "message": message}
    return event({**_OPENAI_HEAD, "error": error, "choices": [choice]})


OPENAI_STREAM = Streamed(
    text=_openai_text,
    calls=_openai_calls,
    reasoning=False,
    refusals=[
        [_OPENAI_ROLE, _openai_chunk({"refusal": "I can\u2019t."}), *_openai_text([])[1:]],
        [_OPENAI_ROLE, _openai_chunk({"content": "Well"}), *_openai_text([], "content_filter")[1:]],
    ],
    errors=[
        (_openai_error("", "server_error", "oops"), "provider_unavailable"),
        (_openai_error("rate_limit_exceeded", "tokens", "slow"), "provider_rate_limited"),
        (_openai_error("insufficient_quota", "x", "pay"), "provider_quota_exhausted"),
        (_openai_error("", "invalid_request_error", "what?"), "provider_invalid_request"),
        (
            _openai_error("context_length_exceeded", "invalid_request_error", "long"),
            "provider_context_too_long",
        ),
        (_openrouter_error(502, "upstream failed"), "provider_unavailable"),
        (_openrouter_error(429, "upstream is busy"), "provider_rate_limited"),
        (_openrouter_error(403, "no"), "provider_authentication_failed"),
    ],
    unfinished=[
        [_OPENAI_ROLE, _openai_chunk({"content": "x"}), *_OPENAI_END],  # no finish reason
        _OPENAI_END,
        [event("[DONE]")],
    ],
)


def _anthropic(data: Json) -> bytes:
    return event(data, data["type"])


def _anthropic_stream(blocks: Sequence[tuple[Json, Sequence[Json]]], stop: str) -> list[bytes]:
    """The usual events around blocks of (start, deltas); usage grows as it does at the vendor."""
    whole = ANTHROPIC.answer("", stop)
    usage = whole["usage"]
    begun = {k: v for k, v in usage.items() if k != "output_tokens_details"} | {"output_tokens": 1}
    ended = {k: v for k, v in usage.items() if "output" in k} | {"input_tokens": None}
    events: list[Json] = [
        {
            "type": "message_start",
            "message": {**whole, "content": [], "stop_reason": None, "usage": begun},
        },
        {"type": "ping"},
    ]
    for index, (block, steps) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": index, "delta": d} for d in steps]
        events.append({"type": "content_block_stop", "index": index})
    delta = {"stop_reason": stop, "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": ended})
    return [_anthropic(data) for data in [*events, {"type": "message_stop"}]]


_ANTHROPIC_THOUGHT: tuple[Json, list[Json]] = (
    {"type": "thinking", "thinking": "", "signature": ""},
    [
        {"type": "thinking_delta", "thinking": "hm"},
        {"type": "signature_delta", "signature": "s"},
    ],
)


def _anthropic_text(pieces: Sequence[str], finish: str | None = None) -> list[bytes]:
    steps: list[Json] = [{"type": "text_delta", "text": piece} for piece in pieces]
    said = ({"type": "text", "text": ""}, steps)
    return _anthropic_stream([_ANTHROPIC_THOUGHT, said], finish or "end_turn")


def _anthropic_calls(calls: Sequence[Call]) -> list[bytes]:
    blocks: list[tuple[Json, list[Json]]] = [_ANTHROPIC_THOUGHT]
    for number, name, pieces in calls:
        steps = [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *pieces]]
        blocks.append(({"type": "tool_use", "id": number, "name": name, "input": {}}, steps))
    return _anthropic_stream(blocks, "tool_use")


def _anthropic_error(kind: str, message: str = "oops") -> bytes:
    return _anthropic({"type": "error", "error": {"type": kind, "message": message}})


ANTHROPIC_STREAM = Streamed(
    text=_anthropic_text,
    calls=_anthropic_calls,
    reasoning=True,
    refusals=[_anthropic_text(["Well"], "refusal")],
    errors=[
        (_anthropic_error("overloaded_error", "Overloaded"), "provider_unavailable"),
        (_anthropic_error("api_error"), "provider_unavailable"),
        (_anthropic_error("a_new_error"), "provider_unavailable"),
        (_anthropic_error("timeout_error"), "provider_unavailable"),
        (_anthropic_error("rate_limit_error"), "provider_rate_limited"),
        (_anthropic_error("authentication_error"), "provider_authentication_failed"),
        (_anthropic_error("permission_error"), "provider_authentication_failed"),
        (_anthropic_error("billing_error"), "provider_quota_exhausted"),
        (_anthropic_error("not_found_error", "model: x"), "provider_model_not_found"),
        (_anthropic_error("request_too_large"), "provider_context_too_long"),
        (_anthropic_error("invalid_request_error", "what?"), "provider_invalid_request"),
        (event("down", "error"), "provider_unavailable"),
    ],
    unfinished=[
        [*_anthropic_text(["x"])[:1], _anthropic({"type": "message_stop"})],  # no stop reason
        [_anthropic({"type": "message_stop"})],
    ],
)


def _gemini(parts: Sequence[Json], finish: str | None = None, **more: Any) -> bytes:
    """A chunk; each has counts so far, the last one those of the whole."""
    whole = GEMINI.answer("", "STOP")
    candidate: Json = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    usage = {"promptTokenCount": 70, "totalTokenCount": 70}
    if finish is not None:
        candidate["finishReason"] = finish
        usage = whole["usageMetadata"]
    return event(
        {
            "candidates": [candidate],
            "usageMetadata": usage,
            "modelVersion": whole["modelVersion"],
            "aNewField": {"x": 1},
            **more,
        }
    )


def _gemini_text(pieces: Sequence[str], finish: str | None = None) -> list[bytes]:
    said = [_gemini([{"text": piece}]) for piece in pieces]
    thought = _gemini([{"text": "hm", "thought": True}])
    return [thought, *said, _gemini([{"text": ""}], finish or "STOP")]


def _gemini_calls(calls: Sequence[Call]) -> list[bytes]:
    """The arguments come in one piece."""
    given = [{"name": name, "args": json.loads("".join(pieces))} for _, name, pieces in calls]
    events = [
        _gemini([{"functionCall": call, "thoughtSignature": "c2ln"}], responseId="r1")
        for call in given
    ]
    return [*events, _gemini([], "STOP")]


def _gemini_error(code: int | None, status: str, message: str = "oops") -> bytes:
    error: Json = {"message": message, "status": status}
    return event({"error": error | ({"code": code} if code else {})})


GEMINI_STREAM = Streamed(
    path=lambda path: path.replace(":generateContent", ":streamGenerateContent?alt=sse"),
    text=_gemini_text,
    calls=_gemini_calls,
    reasoning=True,
    refusals=[
        _gemini_text(["Well"], "SAFETY"),
        [event({**GEMINI.refusals[2], "usageMetadata": GEMINI.answer("", "")["usageMetadata"]})],
    ],
    errors=[
        (_gemini_error(503, "UNAVAILABLE"), "provider_unavailable"),
        (_gemini_error(None, "INTERNAL"), "provider_unavailable"),
        (_gemini_error(429, "RESOURCE_EXHAUSTED"), "provider_rate_limited"),
        (_gemini_error(403, "PERMISSION_DENIED"), "provider_authentication_failed"),
        (_gemini_error(400, "INVALID_ARGUMENT", "what?"), "provider_invalid_request"),
        (event({"error": "flat"}), "provider_unavailable"),
    ],
    unfinished=[
        [_gemini([{"text": "x"}])],
        [_gemini([{"text": "x"}], "FINISH_REASON_UNSPECIFIED")],
        [event({"candidates": []})],
    ],
)


def _charged(parts: list[bytes]) -> list[bytes]:
    """OpenRouter's usage has what it charged."""
    cost = b'"cost": 0.00042, "prompt_tokens"'
    return [part.replace(b'"prompt_tokens"', cost) for part in parts]


OPENROUTER_STREAM = replace(
    OPENAI_STREAM,
    text=lambda pieces, finish: _charged(_openai_text(pieces, finish)),
    calls=lambda calls: _charged(_openai_calls(calls)),
    refusals=[_charged(parts) for parts in OPENAI_STREAM.refusals],
)

STREAMS: dict[str, Streamed] = {
    "openai": OPENAI_STREAM,
    "openai_compatible": OPENAI_STREAM,
    "openrouter": OPENROUTER_STREAM,
    "azure_openai": OPENAI_STREAM,
    "anthropic": ANTHROPIC_STREAM,
    "gemini": GEMINI_STREAM,
}

for server in STREAMING_SERVERS:
    STREAMS[server.vendor.kind] = Streamed(
        text=server.text,
        calls=server.calls,
        reasoning=True,
        refusals=server.refusals,
        errors=list(server.errors),
        unfinished=server.unfinished,
    )

STREAMS["bedrock"] = Streamed(
    text=streams_bedrock.text,
    calls=streams_bedrock.calls,
    reasoning=True,
    refusals=streams_bedrock.REFUSALS,
    errors=streams_bedrock.ERRORS,
    path=lambda path: path + "-stream",
    unfinished=streams_bedrock.UNFINISHED,
)
