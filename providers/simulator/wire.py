"""The three vendors' wire formats: reads a call, writes an answer or an error."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DOCUMENT = re.compile(r"<document>\n?(.*?)\n?</document>", re.DOTALL)
SCHEMA = re.compile(r"<schema>\s*(\{.*?\})\s*</schema>", re.DOTALL)


class BadCall(ValueError):
    """The call is not in the vendor's format."""


@dataclass(frozen=True)
class Call:
    """What a vendor's request asks for."""

    vendor: str
    model: str
    prompt: str  # all texts of the conversation
    document: str
    schema: dict[str, Any] | None


@dataclass(frozen=True)
class Answer:
    """What to answer, before it is put into a vendor's format."""

    text: str
    input_tokens: int
    output_tokens: int
    refused: bool = False


def read_openai(body: dict[str, Any], _: str) -> Call:
    form = (body.get("response_format") or {}).get("json_schema") or {}
    return _call("openai", body.get("model"), body.get("messages"), form.get("schema"))


def read_anthropic(body: dict[str, Any], _: str) -> Call:
    form = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    turns = [{"role": "system", "content": body.get("system") or ""}, *_list(body.get("messages"))]
    return _call("anthropic", body.get("model"), turns, form.get("schema"))


def read_gemini(body: dict[str, Any], model: str) -> Call:
    config = body.get("generationConfig") or {}
    schema = config.get("responseJsonSchema") or config.get("responseSchema")
    turns = [body.get("systemInstruction") or {}, *_list(body.get("contents"))]
    return _call("gemini", model, [{"content": t.get("parts")} for t in turns], schema)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadCall("messages are missing")
    return value


def _call(vendor: str, model: Any, turns: Any, schema: Any) -> Call:
    if not isinstance(model, str) or not model:
        raise BadCall("model is missing")
    texts = [_text(turn.get("content")) for turn in _list(turns) if isinstance(turn, dict)]
    prompt = "\n".join(texts)
    found = DOCUMENT.findall(prompt)
    if schema is None and (written := SCHEMA.findall(prompt)):
        try:
            schema = json.loads(written[-1])
        except ValueError:
            schema = None
    document = found[-1] if found else texts[-1] if texts else ""
    return Call(vendor, model, prompt, document, schema if isinstance(schema, dict) else None)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(p.get("text", "")) for p in content if isinstance(p, dict))
    return ""


def write_openai(call: Call, answer: Answer, request_id: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": None}
    if answer.refused:
        message |= {"content": None, "refusal": answer.text}
    return {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": call.model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {
            "prompt_tokens": answer.input_tokens,
            "completion_tokens": answer.output_tokens,
            "total_tokens": answer.input_tokens + answer.output_tokens,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def write_anthropic(call: Call, answer: Answer, request_id: str) -> dict[str, Any]:
    return {
        "id": f"msg_{request_id}",
        "type": "message",
        "role": "assistant",
        "model": call.model,
        "content": [{"type": "text", "text": answer.text}],
        "stop_reason": "refusal" if answer.refused else "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": answer.input_tokens,
            "output_tokens": answer.output_tokens,
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 0,
        },
    }


def write_gemini(call: Call, answer: Answer, request_id: str) -> dict[str, Any]:
    reason = "SAFETY" if answer.refused else "STOP"
    content = {"role": "model", "parts": [] if answer.refused else [{"text": answer.text}]}
    return {
        "candidates": [{"content": content, "finishReason": reason, "index": 0}],
        "usageMetadata": {
            "promptTokenCount": answer.input_tokens,
            "candidatesTokenCount": answer.output_tokens,
            "totalTokenCount": answer.input_tokens + answer.output_tokens,
        },
        "modelVersion": call.model,
        "responseId": request_id,
    }


def error_openai(status: int, message: str) -> dict[str, Any]:
    kind = "rate_limit_exceeded" if status == 429 else "simulated_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": kind}}


def error_anthropic(status: int, message: str) -> dict[str, Any]:
    kinds = {429: "rate_limit_error", 529: "overloaded_error", 400: "invalid_request_error"}
    return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": message}}


def error_gemini(status: int, message: str) -> dict[str, Any]:
    names = {429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE", 400: "INVALID_ARGUMENT"}
    name = names.get(status, "INTERNAL")
    return {"error": {"code": status, "message": message, "status": name}}


@dataclass(frozen=True)
class Vendor:
    read: Callable[[dict[str, Any], str], Call]
    write: Callable[[Call, Answer, str], dict[str, Any]]
    error: Callable[[int, str], dict[str, Any]]
    id_header: str


VENDORS = {
    "openai": Vendor(read_openai, write_openai, error_openai, "x-request-id"),
    "anthropic": Vendor(read_anthropic, write_anthropic, error_anthropic, "request-id"),
    "gemini": Vendor(read_gemini, write_gemini, error_gemini, "x-request-id"),
}
GEMINI_PATH = re.compile(r"/gemini/v1(?:beta|alpha)?/models/([^/:]+):generateContent")


def route(path: str) -> tuple[str, str] | None:
    """The vendor and (for Gemini) the model that a path names."""
    if path == "/openai/v1/chat/completions":
        return "openai", ""
    if path == "/anthropic/v1/messages":
        return "anthropic", ""
    match = GEMINI_PATH.fullmatch(path)
    return ("gemini", match[1]) if match else None
