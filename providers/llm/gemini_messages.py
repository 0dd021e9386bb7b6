"""A request in the words of Gemini's generateContent."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from providers.errors import InvalidRequest
from providers.llm.gemini_calls import call_part, result_part
from providers.llm.pictures import MEDIA_TYPES, checked, without_pictures
from providers.llm.tool_calls import by_tool
from providers.types import TOOL, CompletionRequest, ImagePart, Message, Part, Tool

if TYPE_CHECKING:
    from google.genai.types import GenerateContentConfig, ThinkingConfig

Json = dict[str, Any]
KIND = "gemini"
TAKES = MEDIA_TYPES - {"image/gif"}
BUDGETS = {"minimal": 512, "low": 1_024, "medium": 8_192, "high": 24_576}  # tokens
OLDER = ("gemini-1", "gemini-2")


def contents(request: CompletionRequest) -> list[Json]:
    """The conversation. Raises InvalidRequest for what Gemini does not take."""
    turns = [message for message in request.messages if message.role != "system"]
    signed = not request.model.startswith(OLDER)
    names = {call.id: call.name for message in turns for call in message.tool_calls}
    return list(_contents(turns, names, signed=signed))


def config(request: CompletionRequest, *, streamed: bool = False) -> "GenerateContentConfig":
    """Everything else."""
    from google.genai.types import AutomaticFunctionCallingConfig, GenerateContentConfig

    system = [without_pictures(m, KIND) for m in request.messages if m.role == "system"]
    shaped = request.schema is not None and not by_tool(request)
    return GenerateContentConfig(
        system_instruction="\n\n".join(system) or None,
        max_output_tokens=request.max_output_tokens,
        temperature=request.temperature,
        stop_sequences=list(request.stop) or None,
        response_mime_type="application/json" if shaped else None,
        response_json_schema=dict(request.schema) if shaped and request.schema else None,
        **_tools(request),
        thinking_config=_thinking(request),
        automatic_function_calling=AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
        # The body as it came: a strict model would refuse it.
        should_return_http_response=None if streamed else True,
    )


def _contents(turns: list[Message], names: dict[str, str], *, signed: bool) -> Iterator[Json]:
    """The turns; results that belong together go into one, as Gemini wants them."""
    for is_result, group in groupby(turns, lambda message: message.role == "tool"):
        if is_result:
            yield {"role": "user", "parts": [_result(message, names) for message in group]}
        else:
            yield from (_content(message, signed=signed) for message in group)


def _result(message: Message, names: dict[str, str]) -> Json:
    name = names.get(message.tool_call_id)
    if name is None:
        raise InvalidRequest(f"there is no tool call {message.tool_call_id!r} before its result")
    return result_part(message.tool_call_id, name, without_pictures(message, KIND))


def _content(message: Message, *, signed: bool) -> Json:
    if message.role == "user":
        return {"role": "user", "parts": _parts(message)}
    said = without_pictures(message, KIND)
    parts = [{"text": said}] if said or not message.tool_calls else []
    for place, call in enumerate(message.tool_calls):
        parts.append(call_part(call, signed=signed and place == 0))
    return {"role": "model", "parts": parts}


def _parts(message: Message) -> list[Json]:
    if isinstance(message.content, str):
        return [{"text": message.content}]
    return [_part(part) for part in message.content]


def _part(part: Part) -> Json:
    if not isinstance(part, ImagePart):
        return {"text": part.text}
    if part.url:
        return {"file_data": {"file_uri": part.url, "mime_type": part.media_type}}
    data = checked(part, KIND, TAKES)
    return {"inline_data": {"data": data, "mime_type": part.media_type}}


def _tools(request: CompletionRequest) -> Json:
    """The functions that may be called, or the one that carries the schema; which has to be."""
    tools, forced = request.tools, request.forced_tool
    if by_tool(request) and request.schema is not None:
        forced = request.schema_name
        tools = (Tool(name=forced, parameters=request.schema, description=TOOL),)
    if not tools:
        return {}
    mode = {"auto": "AUTO", "none": "NONE", "required": "ANY"}[request.tool_choice]
    if mode == "AUTO" and any(tool.strict for tool in tools):
        mode = "VALIDATED"
    told: Json = {"mode": mode}
    if forced:
        told = {"mode": "ANY", "allowed_function_names": [forced]}
    return {
        "tools": [{"function_declarations": [_function(tool) for tool in tools]}],
        "tool_config": {"function_calling_config": told},
    }


def _function(tool: Tool) -> Json:
    return {
        "name": tool.name,
        "description": tool.description or None,
        "parameters_json_schema": dict(tool.parameters),
    }


def _thinking(request: CompletionRequest) -> "ThinkingConfig | None":
    """Gemini 3 and later name a level, the generations before a budget of tokens."""
    from google.genai.types import ThinkingConfig, ThinkingLevel

    if request.effort is None:
        return None
    if request.model.startswith(OLDER):
        return ThinkingConfig(thinking_budget=BUDGETS[request.effort])
    return ThinkingConfig(thinking_level=ThinkingLevel[request.effort.upper()])
