"""Bodies that are odd but legal, or that some server is known to send, whole and streamed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from providers.errors import AuthenticationFailed, ContextTooLong, IncompleteAnswer, RateLimited
from providers.types import EmbeddingRequest, Message, Tool, ToolCall, Usage
from tests.contract.conftest import SCHEMA
from tests.contract.line import Line
from tests.contract.streams import STREAMS, event
from tests.contract.tools import WORDS
from tests.contract.vendor import Json, Vendor
from tests.contract.vendors import COMPATIBLE, OPENROUTER
from tests.contract.wire_server import Reply, StreamReply, WireServer

F = Tool(name="f", parameters={"type": "object"})
HUGE = 10**400  # JSON has no end of numbers


def only(*vendors: Vendor) -> Any:
    return pytest.mark.parametrize("vendor", vendors, indirect=True, ids=str)


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


@only(COMPATIBLE)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_arguments_may_be_an_object(streamed: bool, server: WireServer, line: Line) -> None:
    call: Json = {"id": "call_a", "function": {"name": "f", "arguments": {"x": "é"}}}
    body = COMPATIBLE.answer("", "tool_calls")
    body["choices"][0]["message"]["tool_calls"] = [call]
    server.reply = Reply(body)
    if streamed:
        (choice,) = body.pop("choices")
        chunk = {**body, "choices": [{"delta": choice["message"], "finish_reason": "tool_calls"}]}
        server.reply = StreamReply(parts=[event(chunk), event("[DONE]")])
    answer = line.hear(tools=(F,)).completion if streamed else line.ask(tools=(F,))
    assert answer.tool_calls == (ToolCall(id="call_a", name="f", arguments='{"x": "é"}'),)


@only(COMPATIBLE)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_content_may_be_in_parts(streamed: bool, server: WireServer, line: Line) -> None:
    """As Mistral's models that reason give it."""
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    content = [thought, {"type": "text", "text": "he"}, {"type": "text", "text": "llo"}]
    server.reply = Reply(COMPATIBLE.answer(content, "stop"))  # type: ignore[arg-type]
    if streamed:
        choice = {"index": 0, "delta": {"content": content}, "finish_reason": "stop"}
        server.reply = StreamReply(parts=[event({"choices": [choice]}), event("[DONE]")])
    answer = line.hear().completion if streamed else line.ask()
    assert answer.text == "hello"


@only(COMPATIBLE)
@pytest.mark.parametrize("own", [0, 1])
def test_several_choices_are_not_mixed(own: int, server: WireServer, line: Line) -> None:
    """The one that begins is the answer."""

    def chunk(*said: tuple[int, str, str | None]) -> bytes:
        choices = [{"index": n, "delta": {"content": t}, "finish_reason": f} for n, t, f in said]
        return event({"choices": choices})

    other = 1 - own
    parts = [chunk((own, "he", None)), chunk((other, "good", None)), chunk((own, "llo", None))]
    parts += [chunk((other, "bye", "length"), (own, "!", None)), chunk((own, "", "stop"))]
    server.reply = StreamReply(parts=[*parts, chunk((other, "", "length")), event("[DONE]")])
    answer = line.hear().completion
    assert (answer.text, answer.finish) == ("hello!", "stop")


@only(COMPATIBLE)
def test_an_error_under_a_200_says_what_it_is(server: WireServer, line: Line) -> None:
    told = {"message": "no", "type": "invalid_request_error", "code": "invalid_api_key"}
    slow = {"message": "slow", "type": "rate_limit_error"}
    for error, ours in ((told, AuthenticationFailed), (slow, RateLimited)):
        server.reply = Reply({"error": error})
        for ask in (line.ask, line.hear):
            with pytest.raises(ours):
                ask()


@only(COMPATIBLE)
def test_an_error_in_a_list(server: WireServer, line: Line) -> None:
    """As Google words it where it speaks OpenAI's format."""
    told = {"code": 400, "message": "The input token count (9) exceeds the maximum", "status": "X"}
    server.reply = Reply([{"error": told}], status=400)
    with pytest.raises(ContextTooLong) as caught:
        line.ask()
    assert caught.value.message == told["message"]


@only(COMPATIBLE)
def test_reasoning_beside_the_output(server: WireServer, line: Line) -> None:
    """As xAI counts; the parts still add up to the total."""
    body = COMPATIBLE.answer("x", "stop")
    body["usage"] |= {"completion_tokens": 10, "total_tokens": 150}
    server.reply = Reply(body)
    usage = line.ask().usage
    assert usage == COMPATIBLE.usage
    assert usage.total == 150


@only(OPENROUTER)
@pytest.mark.parametrize(
    "cost",
    [HUGE, 1e305, -1, True, "1", float("nan")],
    ids=["huge", "great", "negative", "true", "text", "nan"],
)
def test_a_cost_that_cannot_be_costs_no_answer(
    cost: object, server: WireServer, line: Line
) -> None:
    body = OPENROUTER.answer("x", "stop")
    body["usage"]["cost"] = cost
    server.reply = Reply(body)
    assert line.ask().usage == replace(OPENROUTER.usage, cost_micros=None)


@only(COMPATIBLE)
def test_a_vector_of_numbers_beyond_all_measure(server: WireServer, line: Line) -> None:
    server.reply = Reply({"data": [{"index": 0, "embedding": [0.5, HUGE]}]})
    asked = EmbeddingRequest(model="e", texts=("x",))
    with pytest.raises(IncompleteAnswer):
        line.caller.run(line.provider, line.provider.embed(asked, 10.0), timeout=10.0)


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


@only(COMPATIBLE)
def test_an_empty_event_is_none(server: WireServer, line: Line) -> None:
    first, *rest = STREAMS[COMPATIBLE.kind].text(["x"], None)
    server.reply = StreamReply(parts=[first, b"data:\n\n", *rest])
    assert line.hear().text == "x"
