"""Bodies that are odd but legal, or that some server is known to send: of one vendor each."""

from dataclasses import replace
from typing import Any

import pytest

from providers.errors import (
    AuthenticationFailed,
    ContextTooLong,
    IncompleteAnswer,
    ProviderUnavailable,
    RateLimited,
)
from providers.types import EmbeddingRequest, Tool, ToolCall
from tests.contract.line import Line
from tests.contract.streams import STREAMS, event
from tests.contract.vendor import Json, Vendor
from tests.contract.vendors import ANTHROPIC, COMPATIBLE, OPENROUTER
from tests.contract.wire_server import Reply, StreamReply, WireServer

F = Tool(name="f", parameters={"type": "object"})
HUGE = 10**400  # JSON has no end of numbers


def only(*vendors: Vendor) -> Any:
    return pytest.mark.parametrize("vendor", vendors, indirect=True, ids=str)


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


@only(COMPATIBLE)
def test_an_empty_event_is_none(server: WireServer, line: Line) -> None:
    first, *rest = STREAMS[COMPATIBLE.kind].text(["x"], None)
    server.reply = StreamReply(parts=[first, b"data:\n\n", *rest])
    assert line.hear().text == "x"


@only(COMPATIBLE)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_calls_without_ids_and_numbers(streamed: bool, server: WireServer, line: Line) -> None:
    """They are told apart by their names, and get ids that a result can name."""

    def function(name: str, arguments: str) -> Json:
        return {"function": {"name": name, "arguments": arguments}}

    body = COMPATIBLE.answer("", "tool_calls")
    calls = [function("f", '{"x": 1}'), function("g", "{}")]
    body["choices"][0]["message"]["tool_calls"] = calls
    server.reply = Reply(body)
    if streamed:
        pieces = [function("f", '{"x"'), {"function": {"arguments": ": 1}"}}, function("g", "")]
        deltas: list[tuple[Json, str | None]] = [({"tool_calls": [p]}, None) for p in pieces]
        chunks = [
            {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
            for delta, finish in [*deltas, ({}, "tool_calls")]
        ]
        server.reply = StreamReply(parts=[*map(event, chunks), event("[DONE]")])
    tools = (F, replace(F, name="g"))
    answer = line.hear(tools=tools).completion if streamed else line.ask(tools=tools)
    assert answer.tool_calls == (
        ToolCall(id="call_0", name="f", arguments='{"x": 1}'),
        ToolCall(id="call_1", name="g", arguments="{}"),
    )


@only(OPENROUTER)
def test_openrouters_answer_names_its_request(server: WireServer, line: Line) -> None:
    server.reply = Reply(OPENROUTER.answer("x", "stop"))
    assert line.ask().request_id == "chatcmpl-1"


@only(OPENROUTER)
def test_a_vendors_long_words_are_cut(server: WireServer, line: Line) -> None:
    error = {"code": 502, "message": "failed", "metadata": {"raw": "x" * 10_000}}
    server.reply = Reply({"error": error}, status=502)
    with pytest.raises(ProviderUnavailable) as caught:
        line.ask()
    assert caught.value.message == "failed: " + 300 * "x"


@only(ANTHROPIC)
def test_a_limit_that_anthropic_must_be_told(server: WireServer, line: Line) -> None:
    """Every Claude since 3.5 gives as many, and an extraction's answer is rarely longer."""
    server.reply = Reply(ANTHROPIC.answer("x", "end_turn"))
    line.ask()
    assert server.received[0].body["max_tokens"] == 8192


@only(ANTHROPIC)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_only_text_is_text(streamed: bool, server: WireServer, line: Line) -> None:
    """A block of a kind that is not known is nothing, whatever it holds."""
    body = ANTHROPIC.answer("good", "end_turn")
    body["content"].insert(0, {"type": "novel", "text": "odd"})
    server.reply = Reply(body)
    if streamed:
        novel = {"index": 7, "content_block": {"type": "novel", "text": "odd"}}
        begin, *rest = STREAMS["anthropic"].text(["good"], None)
        server.reply = StreamReply(
            parts=[begin, event({"type": "content_block_start", **novel}, "x"), *rest]
        )
        heard = line.hear()
        assert heard.text == heard.completion.text == "good"
    else:
        assert line.ask().text == "good"
