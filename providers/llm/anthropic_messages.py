"""A request in the words of Anthropic's messages."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from providers.llm.pictures import encoded, without_pictures
from providers.llm.tool_calls import argument_object, by_tool
from providers.types import TOOL, CompletionRequest, ImagePart, Message, Part, Tool

Json = dict[str, Any]
KIND = "anthropic"
CHOICE = {"auto": "auto", "none": "none", "required": "any"}
EFFORT = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}


def conversation(request: CompletionRequest) -> Json:
    """`system` and `messages`. Raises InvalidRequest for what Anthropic does not take."""
    system = [without_pictures(m, KIND) for m in request.messages if m.role == "system"]
    turns = [m for m in request.messages if m.role != "system"]
    told: Json = {"messages": list(_messages(turns))}
    return {**told, "system": "\n\n".join(system)} if any(system) else told


def shape(request: CompletionRequest) -> Json:
    """The schema, as the format of the answer or as a tool that must be called; the effort."""
    config: Json = {}
    told: Json = {}
    if by_tool(request) and request.schema is not None:
        name, schema = request.schema_name, dict(request.schema)
        strict = request.schema_mode == "strict_tool"
        tool = Tool(name=name, description=TOOL, parameters=schema, strict=strict)
        told["tools"] = [_tool(tool)]
        told["tool_choice"] = {"type": "tool", "name": name}
    elif request.schema is not None:
        config["format"] = {"type": "json_schema", "schema": dict(request.schema)}
    if request.effort is not None:
        config["effort"] = EFFORT[request.effort]
    return {**told, "output_config": config} if config else told


def tools(request: CompletionRequest) -> Json:
    """The tools that may be used, and which has to be."""
    if not request.tools:
        return {}
    choice = {"type": CHOICE[request.tool_choice]}
    if request.forced_tool:
        choice = {"type": "tool", "name": request.forced_tool}
    return {"tools": [_tool(tool) for tool in request.tools], "tool_choice": choice}


def _messages(turns: list[Message]) -> Iterator[Json]:
    """The turns; results that belong together go into one, as Anthropic wants them."""
    for is_result, group in groupby(turns, lambda message: message.role == "tool"):
        if is_result:
            yield {"role": "user", "content": [_result(message) for message in group]}
        else:
            yield from ({"role": m.role, "content": _content(m)} for m in group)


def _result(message: Message) -> Json:
    given = message.content
    content = given if isinstance(given, str) else [_part(part) for part in given]
    return {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": content}


def _content(message: Message) -> str | list[Json]:
    if message.role == "user" and not isinstance(message.content, str):
        return [_part(part) for part in message.content]
    said = without_pictures(message, KIND)
    if not message.tool_calls:
        return said
    calls = [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": argument_object(call)}
        for call in message.tool_calls
    ]
    return [{"type": "text", "text": said}, *calls] if said else calls  # none may be empty


def _part(part: Part) -> Json:
    if not isinstance(part, ImagePart):
        return {"type": "text", "text": part.text}
    source = {"type": "url", "url": part.url}
    if not part.url:
        data = encoded(part, KIND)
        source = {"type": "base64", "media_type": part.media_type, "data": data}
    return {"type": "image", "source": source}


def _tool(tool: Tool) -> Json:
    told: Json = {"name": tool.name, "input_schema": dict(tool.parameters)}
    if tool.description:
        told["description"] = tool.description
    if tool.strict:
        told["strict"] = True
    return told
