"""Gemini's generateContent and streamGenerateContent."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from providers.simulator.bad_call import BadCall
from providers.simulator.prompt import Asked, Turn, asked, part, text_of, turns_of
from providers.simulator.tools import Extras, listed, offer, picture, picture_at, result
from providers.simulator.wire import Answer, Body, Wire, event, pieces

FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
CHOICE = {"NONE": "none", "ANY": "required"}
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
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
    last = turns[-1].text if turns else ""
    if system := text_of(part(body, "systemInstruction", "parts")):
        turns.insert(0, Turn("system", system))
    schema = part(config, "responseJsonSchema")
    return asked(
        model,
        turns,
        _plain(part(config, "responseSchema")) if schema is None else schema,
        json_mode=part(config, "responseMimeType") == "application/json",
        limit=part(config, "maxOutputTokens"),
        extras=_extras(body, last),
    )


def _extras(body: Body, last: str) -> Extras:
    contents = [listed(part(content, "parts")) for content in body["contents"]]
    every = [piece for some in contents for piece in some]
    results = [_either(p, "functionResponse") for p in (contents[-1] if contents else [])]
    declared = [
        function
        for tool in listed(body.get("tools"))
        for function in listed(_either(tool, "functionDeclarations"))
    ]
    config = _either(_either(body, "toolConfig"), "functionCallingConfig")
    names = listed(_either(config, "allowedFunctionNames"))
    return Extras(
        offers=[o for f in declared for o in offer(part(f, "name"), _parameters(f))],
        choice=str(names[0]) if names else CHOICE.get(str(part(config, "mode")), "auto"),
        asked=last,
        results=[result(part(r, "name"), json.dumps(part(r, "response"))) for r in results if r],
        pictures=[seen for piece in every for seen in _picture(piece)],
    )


def _parameters(function: Any) -> Any:
    return _either(function, "parametersJsonSchema") or _plain(part(function, "parameters"))


def _picture(piece: Any) -> Iterator[str]:
    if blob := _either(piece, "inlineData"):
        yield picture(_either(blob, "mimeType"), part(blob, "data"))
    if file := _either(piece, "fileData"):
        yield picture_at(_either(file, "fileUri"))


def _either(value: Any, name: str) -> Any:
    """A field by its name in camelCase, or in snake_case: the SDK writes both."""
    found = part(value, name)
    return part(value, HUMP.sub("_", name).lower()) if found is None else found


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
    called = "functionCall" in _part(call, answer.text)
    *first, final = [answer.text, ""] if called else pieces(answer.text)
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
