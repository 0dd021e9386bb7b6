"""OpenAI's count of a request's input tokens: POST /responses/input_tokens, free of charge.

The only endpoint that counts belongs to `responses`, so the request is put into its words here;
the chat itself is asked over chat.completions. Compatible servers have no such endpoint.
"""

import base64
from typing import TYPE_CHECKING, Any

from providers.errors import IncompleteAnswer
from providers.types import TOOL, CompletionRequest, ImagePart, Message, Part
from providers.wire import count, mapping

if TYPE_CHECKING:
    from openai import AsyncOpenAI


async def count_tokens(client: "AsyncOpenAI", request: CompletionRequest, timeout: float) -> int:
    """May raise anything."""
    import httpx2

    raw = await client.post(
        "/responses/input_tokens",
        body=arguments(request),
        cast_to=httpx2.Response,
        options={"timeout": timeout},
    )
    tokens = count(mapping(raw.json()).get("input_tokens"))
    if not tokens:
        raise IncompleteAnswer("the answer has no count of tokens")
    return tokens


def arguments(request: CompletionRequest) -> dict[str, Any]:
    """The request in the words of `responses`."""
    found: dict[str, Any] = {
        "model": request.model,
        "input": [item for message in request.messages for item in _items(message)],
    }
    tools: list[dict[str, Any]] = [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.parameters),
            "strict": tool.strict,
        }
        for tool in request.tools
    ]
    if request.schema is not None:
        shape = {"name": request.schema_name, "strict": request.schema_mode != "tool"}
        schema = dict(request.schema)
        if request.schema_mode == "native":
            found["text"] = {"format": {"type": "json_schema", "schema": schema, **shape}}
        else:
            tools.append({"type": "function", "description": TOOL, "parameters": schema, **shape})
    if request.effort is not None:
        found["reasoning"] = {"effort": request.effort}
    return found | ({"tools": tools} if tools else {})


def _items(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        told = {"call_id": message.tool_call_id, "output": message.text}
        return [{"type": "function_call_output", **told}]
    calls = [
        {"type": "function_call", "call_id": c.id, "name": c.name, "arguments": c.arguments}
        for c in message.tool_calls
    ]
    if calls and not message.content:
        return calls
    content = message.content
    if not isinstance(content, str):
        content = [_part(part, message.role) for part in content]  # type: ignore[assignment]
    return [{"role": message.role, "content": content}, *calls]


def _part(part: Part, role: str) -> dict[str, Any]:
    if isinstance(part, ImagePart):
        data = f"data:{part.media_type};base64,{base64.b64encode(part.data).decode()}"
        return {"type": "input_image", "image_url": part.url or data, "detail": "auto"}
    return {"type": "output_text" if role == "assistant" else "input_text", "text": part.text}
