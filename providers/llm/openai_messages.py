"""A request in the words of OpenAI's chat.completions."""

from typing import Any

from providers.llm.pictures import encoded, without_pictures
from providers.llm.tool_calls import by_tool
from providers.types import TOOL, CompletionRequest, ImagePart, Message, Part, Tool

Json = dict[str, Any]
KIND = "openai"


def messages(request: CompletionRequest) -> list[Json]:
    """The conversation. Raises InvalidRequest for a picture where OpenAI takes none."""
    return [_message(message) for message in request.messages]


def shape(request: CompletionRequest, *, strict: bool) -> Json:
    """The schema, as the format of the answer or as a tool that must be called."""
    if request.schema is None:
        return {}
    name, schema = request.schema_name, dict(request.schema)
    held = {"strict": True} if strict and request.schema_mode != "tool" else {}
    if not by_tool(request):
        form = {"name": name, "schema": schema, **held}
        return {"response_format": {"type": "json_schema", "json_schema": form}}
    function = {"name": name, "description": TOOL, "parameters": schema, **held}
    return {"tools": [{"type": "function", "function": function}], "tool_choice": _named(name)}


def tools(request: CompletionRequest, *, strict: bool) -> Json:
    """The functions that may be called, and which has to be."""
    if not request.tools:
        return {}
    choice = _named(request.forced_tool) if request.forced_tool else request.tool_choice
    return {"tools": [_tool(tool, strict) for tool in request.tools], "tool_choice": choice}


def _message(message: Message) -> Json:
    if message.role == "tool":
        content = without_pictures(message, KIND)
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": content}
    told: Json = {"role": message.role, "content": _content(message)}
    if message.tool_calls:
        told["content"] = told["content"] or None
        told["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    return told


def _content(message: Message) -> str | list[Json]:
    if isinstance(message.content, str):
        return message.content
    if message.role != "user":
        return without_pictures(message, KIND)
    return [_part(part) for part in message.content]


def _part(part: Part) -> Json:
    if not isinstance(part, ImagePart):
        return {"type": "text", "text": part.text}
    url = part.url or f"data:{part.media_type};base64,{encoded(part, KIND)}"
    return {"type": "image_url", "image_url": {"url": url}}


def _tool(tool: Tool, strict: bool) -> Json:
    function: Json = {"name": tool.name, "parameters": dict(tool.parameters)}
    if tool.description:
        function["description"] = tool.description
    if tool.strict and strict:
        function["strict"] = True
    return {"type": "function", "function": function}


def _named(name: str) -> Json:
    return {"type": "function", "function": {"name": name}}
