"""Gemini's generateContent and streamGenerateContent."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from providers.simulator.prompt import Asked, BadCall, Turn, asked, first, part, text_of, turns_of
from providers.simulator.wire import Answer, Body, Wire, event, pieces

FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
ERRORS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def read(body: Body, model: str) -> Asked:
    config = body.get("generationConfig")
    turns = turns_of(body.get("contents"), "parts")
    if system := text_of(part(body, "systemInstruction", "parts")):
        turns.insert(0, Turn("system", system))
    schema = part(config, "responseJsonSchema")
    if schema is None:
        schema = _plain(part(config, "responseSchema"))
    tools = None if schema else first(body.get("tools"))
    tool = first(part(tools, "functionDeclarations"))
    return asked(
        model,
        turns,
        schema or part(tool, "parametersJsonSchema") or part(tool, "parameters_json_schema"),
        tool=part(tool, "name"),
        json_mode=part(config, "responseMimeType") == "application/json",
        limit=part(config, "maxOutputTokens"),
    )


def read_streamed(body: Body, model: str) -> Asked:
    return replace(read(body, model), stream=True)


def _plain(schema: Any) -> Any:
    """OpenAPI's way of writing a schema (`OBJECT`, `nullable`) as JSON Schema."""
    if isinstance(schema, list):
        return [_plain(child) for child in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: value if key == "enum" else _plain(value) for key, value in schema.items()}
    if isinstance(schema.get("type"), str):
        out["type"] = schema["type"].lower()
        for name in ("minItems", "maxItems", "minLength", "maxLength"):
            if isinstance(out.get(name), str):  # int64 travels as a string
                out[name] = _count(out[name])
        if out.pop("nullable", False):
            out["type"] = [out["type"], "null"]
    return out


def _count(text: str) -> int:
    if not text.isdigit():
        raise BadCall(f"{text!r} is no count")
    return int(text)


def write(call: Asked, answer: Answer) -> Body:
    return _piece(call, answer, answer.text, last=True)


def events(call: Asked, answer: Answer) -> Iterator[bytes]:
    *first, final = pieces(answer.text)
    for text in first:
        yield event(_piece(call, answer, text, last=False))
    yield event(_piece(call, answer, final, last=True))


def _piece(call: Asked, answer: Answer, text: str, *, last: bool) -> Body:
    parts = [] if answer.finish == "refusal" else [_part(call, text)]
    candidate: Body = {"content": {"role": "model", "parts": parts}, "index": 0}
    if last:
        candidate["finishReason"] = FINISH[answer.finish]
    return {
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": answer.input_tokens,
            "candidatesTokenCount": answer.output_tokens,
            "totalTokenCount": answer.input_tokens + answer.output_tokens,
        },
        "modelVersion": call.model,
        "responseId": answer.request_id,
    }


def _part(call: Asked, text: str) -> Body:
    """A text, or a call of the function when the answer is an object, whole."""
    try:
        value = json.loads(text) if call.tool else None
    except ValueError:
        value = None
    if isinstance(value, dict):
        return {"functionCall": {"name": call.tool, "args": value}}
    return {"text": text}


def error(status: int, message: str, code: str | None) -> Body:
    name = code or ERRORS.get(status, "INTERNAL")
    return {"error": {"code": status, "message": message, "status": name}}


WIRE = Wire(
    vendor="gemini",
    id_header="x-request-id",
    read=read,
    write=write,
    events=events,
    error=error,
)
STREAMED = replace(WIRE, read=read_streamed)
