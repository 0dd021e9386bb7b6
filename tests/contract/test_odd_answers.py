"""Bodies that are odd but legal, or that some server is known to send, whole and streamed."""

import json
from typing import Any

import pytest

from providers.types import Message, Tool, ToolCall, Usage
from tests.contract.conftest import SCHEMA
from tests.contract.line import Line
from tests.contract.streams import STREAMS, event
from tests.contract.tools import WORDS
from tests.contract.vendor import Vendor
from tests.contract.wire_server import Reply, StreamReply, WireServer

F = Tool(name="f", parameters={"type": "object"})
HUGE = 10**400  # JSON has no end of numbers


@pytest.mark.parametrize("mode", ["tool", "strict_tool"])
def test_a_strict_schema_is_a_strict_tool(
    mode: str, vendor: Vendor, server: WireServer, line: Line
) -> None:
    """Where a vendor has the word; Gemini holds all tools to their schema that it must call."""
    if vendor.kind in ("anthropic", "bedrock", "openai", "azure_openai", "openrouter"):
        server.reply = Reply(vendor.answer("{}", next(iter(vendor.finishes))))
        line.ask(schema=SCHEMA, schema_mode=mode)
        expected = [True if mode == "strict_tool" else None]
        assert WORDS[vendor.kind].strict(server.received[0].body) == expected


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_half_of_a_surrogate_pair_can_be_passed_on(
    streamed: bool, vendor: Vendor, server: WireServer, line: Line
) -> None:
    """JSON can say it, and nothing that stores or sends the answer could."""
    said = "a\ud83d\ude00b\ud800c"
    server.reply = Reply(vendor.answer(said, next(iter(vendor.finishes))))
    if streamed and vendor.kind != "bedrock":
        parts = STREAMS[vendor.kind].text(["MARK"], None)
        escaped = json.dumps(said)[1:-1].encode()
        server.reply = StreamReply(parts=[part.replace(b"MARK", escaped) for part in parts])
        heard = line.hear()
        assert heard.text == heard.completion.text == "a\U0001f600b\ufffdc"
    else:
        assert line.ask().text == "a\U0001f600b\ufffdc"


def test_half_of_a_surrogate_pair_in_arguments(
    vendor: Vendor, server: WireServer, line: Line
) -> None:
    call = ToolCall(id="call_a", name="f", arguments='{"x": "\\ud800"}')
    server.reply = Reply(WORDS[vendor.kind].answer("", [call]))
    (found,) = line.ask(tools=(F,)).tool_calls
    found.arguments.encode()


def _grown(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _grown(one) for key, one in value.items()}
    return HUGE if isinstance(value, int | float) else value


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_counts_beyond_all_measure_cost_no_answer(
    streamed: bool, vendor: Vendor, server: WireServer, line: Line
) -> None:
    body = vendor.answer("x", next(iter(vendor.finishes)))
    name = "usageMetadata" if vendor.kind == "gemini" else "usage"
    body[name] = _grown(body[name])
    server.reply = Reply(body)
    if streamed and vendor.kind not in ("anthropic", "gemini", "bedrock"):
        last = event({"choices": [], "usage": body[name]})
        parts = STREAMS[vendor.kind].text(["x"], None)
        server.reply = StreamReply(parts=[*parts[:-2], last, parts[-1]])
        answer = line.hear().completion
    else:
        answer = line.ask()
    assert (answer.text, answer.usage) == ("x", Usage())


def test_a_call_without_arguments(vendor: Vendor, server: WireServer, line: Line) -> None:
    call = ToolCall(id="call_a", name="f", arguments='{"x": 1}')
    told = json.dumps(WORDS[vendor.kind].answer("", [call]))
    for given in ('{"x": 1}', json.dumps('{"x": 1}')):
        told = told.replace(given, "null")
    server.reply = Reply(json.loads(told))
    (found,) = line.ask(tools=(F,)).tool_calls
    assert found.arguments == "{}"
    line.ask(
        Message(role="user", content="x"),
        Message(role="assistant", tool_calls=(found,)),
        Message(role="tool", tool_call_id=found.id, content="y"),
        tools=(F,),
    )


def test_the_model_is_the_vendors_word_for_it(
    vendor: Vendor, server: WireServer, line: Line
) -> None:
    body = vendor.answer("x", next(iter(vendor.finishes)))
    name = "modelVersion" if vendor.kind == "gemini" else "model"
    for told, expected in (("model-9", "model-9"), (None, vendor.model), (3, vendor.model)):
        server.reply = Reply({**body, name: told})
        assert line.ask().model == (vendor.model if vendor.kind == "bedrock" else expected)


def test_calls_without_a_word_are_sent_back_without_one(
    vendor: Vendor, server: WireServer, line: Line
) -> None:
    """Some vendors refuse an empty text."""
    server.reply = Reply(vendor.answer("x", next(iter(vendor.finishes))))
    line.ask(
        Message(role="user", content="x"),
        Message(role="assistant", tool_calls=(ToolCall(id="call_a", name="f", arguments="{}"),)),
        Message(role="tool", tool_call_id="call_a", content="y"),
        tools=(F,),
    )
    body = server.received[0].body
    turn = body["contents"][1] if vendor.kind == "gemini" else body["messages"][1]
    blocks = turn["parts"] if vendor.kind == "gemini" else turn["content"]
    assert blocks is None or not [block for block in blocks if "text" in block]
