"""Bedrock's Converse and ConverseStream."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from providers.simulator.aws_frames import frame
from providers.simulator.prompt import Asked, Turn, asked, first, part, text_of, turns_of
from providers.simulator.wire import Answer, Body, Wire, pieces

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
    turns = turns_of(body.get("messages"))
    if system := text_of(body.get("system")):
        turns.insert(0, Turn("system", system))
    form = part(body, "outputConfig", "textFormat", "structure", "jsonSchema", "schema")
    tool = None if form else part(first(part(body, "toolConfig", "tools")), "toolSpec")
    return asked(
        model,
        turns,
        _schema(form) or part(tool, "inputSchema", "json"),
        tool=part(tool, "name"),
        limit=part(body, "inferenceConfig", "maxTokens"),
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
    """The answer as a call of the tool; None when it is no object, as a spoilt one may be."""
    try:
        value = json.loads(answer.text) if call.tool and answer.finish != "refusal" else None
    except ValueError:
        return None
    if not isinstance(value, dict):
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


WIRE = Wire(
    vendor="bedrock",
    id_header="x-amzn-requestid",
    read=read,
    write=write,
    events=events,
    error=error,
)
STREAMED = replace(WIRE, read=read_streamed)
