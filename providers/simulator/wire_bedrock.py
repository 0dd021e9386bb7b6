"""Bedrock's Converse and ConverseStream."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from providers.simulator.aws_frames import frame
from providers.simulator.prompt import Asked, after_system, asked, part, text_of
from providers.simulator.tools import Extras, listed, offer, picture, result
from providers.simulator.wire import Answer, Body, Wire, arguments, pieces

FINISH = {"stop": "end_turn", "length": "max_tokens", "refusal": "content_filtered"}
ERRORS = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}


def read(body: Body, model: str) -> Asked:
    turns, last = after_system(body)
    form = part(body, "outputConfig", "textFormat", "structure", "jsonSchema", "schema")
    return asked(
        model,
        turns,
        _schema(form),
        limit=part(body, "inferenceConfig", "maxTokens"),
        extras=_extras(body, last),
    )


def _extras(body: Body, last: str) -> Extras:
    choice = part(body, "toolConfig", "toolChoice") or {}
    blocks = [listed(part(message, "content")) for message in body["messages"]]
    every = [block for some in blocks for block in some]
    inner = [b for block in every for b in listed(part(block, "toolResult", "content"))]
    used = {part(b, "toolUse", "toolUseId"): part(b, "toolUse", "name") for b in every}
    results = [part(b, "toolResult") for b in (blocks[-1] if blocks else [])]
    return Extras(
        offers=[
            found
            for tool in listed(part(body, "toolConfig", "tools"))
            for found in offer(
                part(tool, "toolSpec", "name"), part(tool, "toolSpec", "inputSchema", "json")
            )
        ],
        choice=part(choice, "tool", "name") or ("required" if "any" in choice else "auto"),
        asked=last,
        results=[
            result(used.get(told.get("toolUseId")), text_of(told.get("content")))
            for told in results
            if told
        ],
        pictures=[
            picture(f"image/{part(b, 'image', 'format')}", part(b, "image", "source", "bytes"))
            for b in every + inner
            if part(b, "image")
        ],
    )


def _schema(form: Any) -> Any:
    """Converse takes the schema as text."""
    return json.loads(form) if isinstance(form, str) else None


def read_streamed(body: Body, model: str) -> Asked:
    return replace(read(body, model), stream=True)


def write(call: Asked, answer: Answer) -> Body:
    tool = _tool_use(call, answer)
    content = {"toolUse": tool} if tool else {"text": answer.text}
    return {
        "output": {"message": {"role": "assistant", "content": [content]}},
        "stopReason": "tool_use" if tool else FINISH[answer.finish],
        **_counts(answer),
    }


def _counts(answer: Answer) -> Body:
    usage = {
        "inputTokens": answer.input_tokens,
        "outputTokens": answer.output_tokens,
        "totalTokens": answer.input_tokens + answer.output_tokens,
        "cacheReadInputTokens": 0,
        "cacheWriteInputTokens": 0,
    }
    return {"usage": usage, "metrics": {"latencyMs": 1}}


def _tool_use(call: Asked, answer: Answer) -> Body | None:
    value = arguments(call, answer)
    if value is None:
        return None
    return {"toolUseId": f"tooluse_{answer.request_id}", "name": call.tool, "input": value}


def events(call: Asked, answer: Answer) -> Iterator[bytes]:
    tool = _tool_use(call, answer)
    at = {"contentBlockIndex": 0}
    yield frame("messageStart", {"role": "assistant"})
    if tool:
        begun = {name: tool[name] for name in ("toolUseId", "name")}
        yield frame("contentBlockStart", {"start": {"toolUse": begun}, **at})
    for piece in pieces(answer.text):
        delta = {"toolUse": {"input": piece}} if tool else {"text": piece}
        yield frame("contentBlockDelta", {"delta": delta, **at})
    yield frame("contentBlockStop", at)
    yield frame("messageStop", {"stopReason": "tool_use" if tool else FINISH[answer.finish]})
    yield frame("metadata", _counts(answer))


def error(status: int, message: str, code: str | None) -> Body:
    """Bedrock says the type in a header too; botocore takes either."""
    kind = code or ERRORS.get(status, "InternalServerException")
    return {"__type": kind, "message": message}


def fault(body: Body) -> bytes:
    """Such an error inside a stream."""
    kind = body["__type"][:1].lower() + body["__type"][1:]
    return frame(kind, {"message": body["message"]}, "exception")


WIRE = Wire(
    vendor="bedrock",
    id_header="x-amzn-requestid",
    read=read,
    write=write,
    events=events,
    error=error,
    fault=fault,
)
STREAMED = replace(WIRE, read=read_streamed)
