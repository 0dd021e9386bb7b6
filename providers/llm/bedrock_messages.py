"""A request in the words of Bedrock's Converse."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from providers.errors import InvalidRequest
from providers.llm.pictures import checked, without_pictures
from providers.llm.tool_calls import argument_object, by_tool
from providers.types import TOOL, CompletionRequest, ImagePart, Message, Part, TextPart, Tool

Json = dict[str, Any]
KIND = "bedrock"
EFFORT = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}
# Models that answer a temperature with a 400: Claude since Opus 4.7, OpenAI's that reason.
FIXED_TEMPERATURE = re.compile(
    r"anthropic\.claude-(opus-4-[7-9]|[a-z]+-[5-9])|openai\.gpt-[5-9](?!.*chat)"
)


def arguments(request: CompletionRequest) -> Json:
    """Those of `converse` and `converse_stream`. Raises InvalidRequest for what it cannot say."""
    told: Json = {
        "modelId": request.model,
        "messages": _turns([m for m in request.messages if m.role != "system"]),
        "system": [
            {"text": without_pictures(m, KIND)} for m in request.messages if m.role == "system"
        ],
        "inferenceConfig": _inference(request),
        "toolConfig": _tools(request),
        "outputConfig": _output(request),
    }
    return {name: value for name, value in told.items() if value}


def _inference(request: CompletionRequest) -> Json:
    told: Json = {}
    if request.max_output_tokens is not None:
        told["maxTokens"] = request.max_output_tokens
    if request.stop:
        told["stopSequences"] = list(request.stop)
    if request.temperature is not None and not FIXED_TEMPERATURE.search(request.model):
        told["temperature"] = request.temperature
    return told


def _output(request: CompletionRequest) -> Json:
    told: Json = {}
    if request.schema is not None and not by_tool(request):
        form = {"name": request.schema_name, "schema": json.dumps(dict(request.schema))}
        told["textFormat"] = {"type": "json_schema", "structure": {"jsonSchema": form}}
    if request.effort is not None:
        told["effort"] = EFFORT[request.effort]
    return told


def _tools(request: CompletionRequest) -> Json:
    """The schema as a tool that must be called, or the caller's own tools."""
    if by_tool(request):
        strict = request.schema_mode == "strict_tool"
        schema = request.schema or {}
        tool = Tool(name=request.schema_name, description=TOOL, parameters=schema, strict=strict)
        return {"tools": [_tool(tool)], "toolChoice": {"tool": {"name": tool.name}}}
    if not request.tools:
        return {}
    if request.tool_choice == "none" and not request.forced_tool:
        return _without(request)
    choice: Json = {"any": {}} if request.tool_choice == "required" else {"auto": {}}
    if request.forced_tool:
        choice = {"tool": {"name": request.forced_tool}}
    return {"tools": [_tool(tool) for tool in request.tools], "toolChoice": choice}


def _without(request: CompletionRequest) -> Json:
    """No tools: Converse has no word for `none`, and wants them told once one was called."""
    if any(message.tool_calls or message.role == "tool" for message in request.messages):
        raise InvalidRequest(f"{KIND} cannot be kept from its tools once one was called")
    return {}


def _tool(tool: Tool) -> Json:
    told: Json = {"name": tool.name, "inputSchema": {"json": dict(tool.parameters)}}
    if tool.description:
        told["description"] = tool.description
    if tool.strict:
        told["strict"] = True
    return {"toolSpec": told}


def _turns(messages: list[Message]) -> list[Json]:
    """Roles must alternate: what one says in a row becomes one message."""
    return [
        {"role": role, "content": [block for message in said for block in _blocks(message)]}
        for role, said in groupby(messages, key=_role)
    ]


def _role(message: Message) -> str:
    return "assistant" if message.role == "assistant" else "user"


def _blocks(message: Message) -> Iterator[Json]:
    if message.role == "tool":
        said = list(_contents(message))
        yield {"toolResult": {"toolUseId": message.tool_call_id, "content": said}}
        return
    yield from _contents(message)
    for call in message.tool_calls:
        used = {"toolUseId": call.id, "name": call.name, "input": argument_object(call)}
        yield {"toolUse": used}


def _contents(message: Message) -> Iterator[Json]:
    """Its texts and pictures; a blank text is refused, so it is left out beside something else."""
    parts = message.content
    if isinstance(parts, str) or message.role == "assistant":
        parts = (TextPart(text=without_pictures(message, KIND)),)
    alone = len(parts) == 1 and not message.tool_calls and message.role != "tool"
    for part in parts:
        if alone or isinstance(part, ImagePart) or part.text.strip():
            yield _part(part)


def _part(part: Part) -> Json:
    if not isinstance(part, ImagePart):
        return {"text": part.text}
    if part.url:
        raise InvalidRequest(f"{KIND} fetches no images: an image needs its data")
    data = checked(part, KIND)  # boto3 encodes it
    form = part.media_type.removeprefix("image/")
    return {"image": {"format": form, "source": {"bytes": data}}}
