"""What an answer says, in the shapes of OpenAI and of the servers that speak as it does."""

from typing import Any

from providers.llm.tool_calls import arguments_text
from providers.types import ToolCall
from providers.wire import mapping, sequence, text


def spoken(content: Any) -> str:
    """A message's text. Mistral's models that reason give it in parts, with thoughts between."""
    if isinstance(content, str):
        return text(content)
    return "".join(text(mapping(part).get("text")) for part in sequence(content))


def calls_of(message: Any) -> list[ToolCall]:
    """The tools called; some servers give the arguments as an object, not as its text."""
    calls = [mapping(call) for call in sequence(message.get("tool_calls"))]
    functions = [mapping(call.get("function")) for call in calls]
    return [
        ToolCall(
            id=text(call.get("id")) or f"call_{place}",
            name=text(function.get("name")),
            arguments=arguments_text(function.get("arguments")) or "{}",
        )
        for place, (call, function) in enumerate(zip(calls, functions, strict=True))
    ]
