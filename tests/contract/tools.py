"""How each vendor speaks of tools and pictures."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from providers.types import ToolCall
from tests.contract import tools_bedrock
from tests.contract.vendor import Json, Vendor
from tests.contract.vendors import ANTHROPIC, GEMINI, OPENAI
from tests.contract.vendors_compatible import SERVERS

Offered = tuple[str, str | None, Any]  # name, description, parameters


@dataclass(frozen=True, kw_only=True)
class Words:
    tools: Callable[[Json], list[Offered]]
    strict: Callable[[Json], Any]  # what says that the arguments are held to the schema
    holds: Any  # and what that is for two tools, of which the second is strict
    choice: Callable[[Json], Any]
    choices: list[Any]  # for auto, none, required, and one by its name
    turns: Callable[[Json], Any]
    talk: list[Json]  # the conversation of test_tools.py
    pictures: Callable[[str], list[Json]]  # its pictures; gets the first one's base64
    fetches: bool = True  # a picture may be an address, which the vendor fetches
    blind: Sequence[str]  # roles in whose turns no picture may be
    answer: Callable[[str, Sequence[ToolCall]], Json]
    stopped: Callable[[Json], Json] = lambda body: body  # a forced call's answer
    parses: bool = True  # arguments travel as an object
    made_ids: bool = False  # calls have no ids of the vendor's
    stop: Callable[[Json], Any]
    temperature: Callable[[Json], Any]
    warm_model: str = ""  # one that takes a temperature
    fixed_model: str = ""  # one that refuses it


def _openai_call(call: ToolCall) -> Json:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _openai_answer(text: str, calls: Sequence[ToolCall]) -> Json:
    body = OPENAI.answer(text, "tool_calls")
    body["choices"][0]["message"]["tool_calls"] = [_openai_call(call) for call in calls]
    return body


def _answer_of(server: Vendor) -> Callable[[str, Sequence[ToolCall]], Json]:
    def answer(text: str, calls: Sequence[ToolCall]) -> Json:
        sent = [{"index": place, **_openai_call(call)} for place, call in enumerate(calls)]
        return server.answer(text, "tool_calls", tool_calls=sent)  # type: ignore[call-arg]

    return answer


def _openai_stopped(body: Json) -> Json:
    body["choices"][0]["finish_reason"] = "stop"
    return body


def _openai_tools(body: Json) -> list[Offered]:
    functions = [tool["function"] for tool in body["tools"]]
    return [(f["name"], f.get("description"), f["parameters"]) for f in functions]


def _openai_strict(body: Json) -> list[Any]:
    return [tool["function"].get("strict") for tool in body["tools"]]


_PARIS = ToolCall(id="call_a", name="get_weather", arguments='{"city": "Paris"}')
_ROME = ToolCall(id="call_b", name="get_weather", arguments='{"city": "R\u00f4me"}')

OPENAI_WORDS = Words(
    tools=_openai_tools,
    strict=_openai_strict,
    holds=[None, True],
    choice=lambda body: body["tool_choice"],
    choices=[
        "auto",
        "none",
        "required",
        {"type": "function", "function": {"name": "get_time"}},
    ],
    turns=lambda body: body["messages"],
    talk=[
        {"role": "user", "content": "Weather in Paris and Rome?"},
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [_openai_call(_PARIS), _openai_call(_ROME)],
        },
        {"role": "tool", "tool_call_id": "call_a", "content": '{"celsius": 21}'},
        {"role": "tool", "tool_call_id": "call_b", "content": "no data"},
        {"role": "user", "content": "And?"},
    ],
    pictures=lambda data: [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.jpg"}},
            ],
        }
    ],
    blind=["system", "assistant", "tool"],
    answer=_openai_answer,
    stopped=_openai_stopped,
    parses=False,
    stop=lambda body: body.get("stop"),
    temperature=lambda body: body.get("temperature"),
    warm_model="gpt-4.1",
    fixed_model="o4-mini",
)


def _anthropic_call(call: ToolCall) -> Json:
    given = json.loads(call.arguments)
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": given}


def _anthropic_answer(text: str, calls: Sequence[ToolCall]) -> Json:
    body = ANTHROPIC.answer(text, "tool_use")
    body["content"] += [_anthropic_call(call) for call in calls]
    return body


def _anthropic_tools(body: Json) -> list[Offered]:
    return [(tool["name"], tool.get("description"), tool["input_schema"]) for tool in body["tools"]]


ANTHROPIC_WORDS = Words(
    tools=_anthropic_tools,
    strict=lambda body: [tool.get("strict") for tool in body["tools"]],
    holds=[None, True],
    choice=lambda body: body["tool_choice"],
    choices=[
        {"type": "auto"},
        {"type": "none"},
        {"type": "any"},
        {"type": "tool", "name": "get_time"},
    ],
    turns=lambda body: body["messages"],
    talk=[
        {"role": "user", "content": "Weather in Paris and Rome?"},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Let me see."},
                _anthropic_call(_PARIS),
                _anthropic_call(_ROME),
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_a", "content": '{"celsius": 21}'},
                {"type": "tool_result", "tool_use_id": "call_b", "content": "no data"},
            ],
        },
        {"role": "user", "content": "And?"},
    ],
    pictures=lambda data: [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": data},
                },
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.jpg"}},
            ],
        }
    ],
    blind=["system", "assistant"],
    answer=_anthropic_answer,
    stop=lambda body: body.get("stop_sequences"),
    temperature=lambda body: body.get("temperature"),
)


def _gemini_call(call: ToolCall) -> Json:
    return {"functionCall": {"name": call.name, "args": json.loads(call.arguments)}}


def _gemini_answer(text: str, calls: Sequence[ToolCall]) -> Json:
    body = GEMINI.answer(text, "STOP")
    body["candidates"][0]["content"]["parts"] += [_gemini_call(call) for call in calls]
    return body


def _camel(value: Any) -> Any:
    """The SDK writes some names in one way, some in the other; the API takes both."""
    if isinstance(value, list):
        return [_camel(child) for child in value]
    if not isinstance(value, dict):
        return value
    words = {key: key.split("_") for key in value}
    return {w[0] + "".join(map(str.title, w[1:])): _camel(value[key]) for key, w in words.items()}


def _gemini_tools(body: Json) -> list[Offered]:
    functions = _camel(body["tools"][0]["functionDeclarations"])
    return [(f["name"], f.get("description"), f["parametersJsonSchema"]) for f in functions]


def _gemini_sent(call: ToolCall) -> Json:
    part = _gemini_call(call)
    return {"functionCall": {"id": call.id, **part["functionCall"]}}


def _gemini_result(number: str, response: Json) -> Json:
    return {"functionResponse": {"id": number, "name": "get_weather", "response": response}}


def _gemini_turn(role: str, *parts: Json) -> Json:
    return {"role": role, "parts": list(parts)}


GEMINI_WORDS = Words(
    tools=_gemini_tools,
    strict=lambda body: body["toolConfig"]["functionCallingConfig"]["mode"],
    holds="VALIDATED",
    choice=lambda body: body["toolConfig"]["functionCallingConfig"],
    choices=[
        {"mode": "AUTO"},
        {"mode": "NONE"},
        {"mode": "ANY"},
        {"mode": "ANY", "allowedFunctionNames": ["get_time"]},
    ],
    turns=lambda body: _camel(body["contents"]),
    talk=[
        _gemini_turn("user", {"text": "Weather in Paris and Rome?"}),
        _gemini_turn("model", {"text": "Let me see."}, _gemini_sent(_PARIS), _gemini_sent(_ROME)),
        _gemini_turn(
            "user",
            _gemini_result("call_a", {"celsius": 21}),
            _gemini_result("call_b", {"output": "no data"}),
        ),
        _gemini_turn("user", {"text": "And?"}),
    ],
    pictures=lambda data: [
        _gemini_turn(
            "user",
            {"text": "What is this?"},
            {"inlineData": {"data": data, "mimeType": "image/png"}},
            {"fileData": {"fileUri": "https://example.com/a.jpg", "mimeType": "image/jpeg"}},
        )
    ],
    blind=["system", "assistant", "tool"],
    answer=_gemini_answer,
    made_ids=True,
    stop=lambda body: body.get("generationConfig", {}).get("stopSequences"),
    temperature=lambda body: body.get("generationConfig", {}).get("temperature"),
    warm_model="gemini-2.5-flash",
)

WORDS: dict[str, Words] = {
    "openai": OPENAI_WORDS,
    "anthropic": ANTHROPIC_WORDS,
    "gemini": GEMINI_WORDS,
    "openai_compatible": Words(**{**OPENAI_WORDS.__dict__, "holds": [None, None]}),
}
for server in SERVERS:
    own = {"answer": _answer_of(server), "warm_model": server.model, "fixed_model": ""}
    WORDS[server.kind] = Words(**{**WORDS["openai_compatible"].__dict__, **own})
WORDS["openrouter"] = Words(**{**OPENAI_WORDS.__dict__, "fixed_model": "openai/gpt-5-mini"})
WORDS["azure_openai"] = OPENAI_WORDS
WORDS["bedrock"] = Words(
    tools=tools_bedrock.tools,
    strict=tools_bedrock.strict,
    holds=[None, True],
    choice=tools_bedrock.choice,
    choices=tools_bedrock.CHOICES,
    turns=lambda body: body["messages"],
    talk=tools_bedrock.TALK,
    pictures=tools_bedrock.pictures,
    fetches=False,
    blind=["system", "assistant"],
    answer=tools_bedrock.answer,
    stop=lambda body: tools_bedrock.inference(body, "stopSequences"),
    temperature=lambda body: tools_bedrock.inference(body, "temperature"),
    warm_model="eu.anthropic.claude-haiku-4-5-20251001-v1:0",
    fixed_model="global.anthropic.claude-opus-5",
)
