"""What a stranger's plugin may do wrong, and no call hears of it."""

import asyncio
import logging
import threading
from dataclasses import replace
from typing import Any

import pytest

from providers.errors import ProviderError, ProviderUnavailable
from providers.middleware.base import CallContext, PluginFailed, Rejected
from providers.middleware.chain import Chain
from providers.middleware.plugin import Guarded
from providers.types import (
    Completion,
    CompletionRequest,
    Finished,
    Message,
    TextDelta,
    ToolCall,
    Usage,
)
from tests.unit.middleware.plugins import ALL, ASKED, Vendor, ask, guarded, said


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


ENDS = [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError()]
RAISED = [*ENDS, BaseException("x"), Unspeakable(), StopIteration()]


def raises(error: BaseException) -> Any:
    def hook(call: CallContext, given: Any) -> None:
        raise error

    return hook


def gives(given: Any) -> Any:
    return lambda call, lent: given


def streamed(plugin: Guarded, pieces: int = 1) -> list[Any]:
    def send(request: CompletionRequest) -> Any:
        for _ in range(pieces):
            yield TextDelta(text="a")
        yield Finished(completion=said("a"))

    with Chain([plugin]).enter(CallContext(provider="p", model="m")) as exchange:
        return list(exchange.stream(ASKED, send))


PASSED_BY = [TextDelta(text="a"), Finished(completion=said("a"))]


def failed(plugin: Guarded, error: ProviderError, **context: Any) -> Any:
    """What the caller of a call gets that the provider failed."""

    def send(request: CompletionRequest) -> Completion:
        raise error

    call = CallContext(provider="p", model="m", **context)
    with Chain([plugin]).enter(call) as exchange:
        try:
            return exchange.complete(ASKED, send).text
        except ProviderError as given:
            return given


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_whatever_it_raises_ends_nothing(error: BaseException) -> None:
    assert ask(guarded(before=raises(error), after=raises(error))) == "answer"
    assert streamed(guarded(delta=raises(error))) == PASSED_BY
    down = ProviderUnavailable("down")
    assert failed(guarded(on_error=raises(error)), down) is down
    with pytest.raises(PluginFailed, match=f"in before: {type(error).__name__}"):
        ask(guarded(before=raises(error), required=True))


class Sly(Completion):
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("do not compare me")

    __hash__ = None  # type: ignore[assignment]


RUBBISH = {
    "no text": replace(said("x"), text=None),  # type: ignore[arg-type]
    "no usage": replace(said("x"), usage=None),  # type: ignore[arg-type]
    "no number": replace(said("x"), usage=Usage(input_tokens="7")),  # type: ignore[arg-type]
    "no finish": replace(said("x"), finish="never"),  # type: ignore[arg-type]
    "no call": replace(said("x"), tool_calls=(ToolCall(id="1", name="f", arguments={}),)),  # type: ignore[arg-type]
    "another class": Sly(text="x", model="m", finish="stop", usage=Usage()),
}


@pytest.mark.parametrize("given", RUBBISH.values(), ids=RUBBISH.keys())
def test_an_answer_that_is_none_is_passed_by(given: Any) -> None:
    assert ask(guarded(before=gives(given))) == "answer"
    assert ask(guarded(after=gives(given))) == "answer"
    down = ProviderUnavailable("down")
    assert failed(guarded(on_error=gives(given)), down) is down


@pytest.mark.parametrize(
    "given",
    [
        replace(ASKED, messages=None),  # type: ignore[arg-type]
        replace(ASKED, messages=(Message(role="user", content=7),)),  # type: ignore[arg-type]
        replace(ASKED, messages=(Message(role="nobody"),)),  # type: ignore[arg-type]
        replace(ASKED, schema=["x"]),  # type: ignore[arg-type]
        replace(ASKED, model="another"),
    ],
    ids=["no messages", "no content", "no role", "no schema", "another model"],
)
def test_a_request_that_is_none_is_passed_by(given: Any) -> None:
    vendor = Vendor()
    assert ask(guarded(before=gives(given)), vendor) == "answer"
    assert vendor.seen == [ASKED]


@pytest.mark.parametrize(
    "given",
    [
        ["a", 7],
        [TextDelta(text=None)],  # type: ignore[arg-type]
        [TextDelta(text="b"), Finished(completion=None)],  # type: ignore[arg-type]
        [Finished(completion=said("too early"))],
        {"text": "b"},
        type("Sly", (list,), {"__iter__": None})(),
    ],
)
def test_pieces_that_are_none_are_passed_by(given: Any) -> None:
    early = guarded(delta=lambda call, d: given if isinstance(d, TextDelta) else None)
    assert streamed(early) == PASSED_BY


def test_an_error_that_is_none_is_passed_by() -> None:
    down, strange = ProviderUnavailable("down"), ProviderUnavailable("x")
    strange.retry_after = "soon"  # type: ignore[assignment]
    assert failed(guarded(on_error=gives(strange)), down) is down
    strange = Rejected(object())  # type: ignore[arg-type]
    with pytest.raises(Rejected) as rejected:
        ask(guarded(before=raises(strange)))
    assert isinstance(rejected.value.message, str)


def scribble(call: CallContext, lent: Any) -> None:
    """Writes into all that it was lent."""
    if isinstance(lent, CompletionRequest):
        lent.schema["properties"] = {"mine": {}}  # type: ignore[index]
        object.__setattr__(lent.messages[0], "content", "mine")
    elif isinstance(lent, Completion | TextDelta):
        object.__setattr__(lent, "text", "mine")
    elif isinstance(lent, ProviderError):
        lent.message, lent.retry_after = "mine", 9.0
    call.redacted["mine"] = 1  # type: ignore[index]
    call.retry_in, call.credential = 9.0, "mine"


@pytest.mark.parametrize("may", [ALL, {"prompt:read", "answer:read"}], ids=["all", "read"])
def test_what_it_changes_in_place_changes_nothing(may: Any) -> None:
    plugin = guarded(may, before=scribble, after=scribble, on_error=scribble, delta=scribble)
    asked = replace(ASKED, schema={"properties": {}})
    seen: list[CompletionRequest] = []
    call = CallContext(provider="p", model="m", redacted={"email": 1})

    def send(request: CompletionRequest) -> Completion:
        seen.append(request)
        return said("answer")

    with Chain([plugin]).enter(call) as exchange:
        assert exchange.complete(asked, send).text == "answer"
    assert seen[0].messages == (Message(role="user", content="secret plans"),)
    assert seen[0].schema == {"properties": {}}
    assert (call.redacted, call.retry_in, call.credential) == ({"email": 1}, None, "")
    assert streamed(plugin) == PASSED_BY
    error = failed(plugin, ProviderUnavailable("down"))
    assert (error.message, error.retry_after) == ("down", None)


def test_a_copy_changed_in_place_and_given_counts() -> None:
    def before(call: CallContext, lent: CompletionRequest) -> CompletionRequest:
        object.__setattr__(lent.messages[0], "content", "harmless")
        return lent

    vendor = Vendor()
    ask(guarded(before=before), vendor)
    assert vendor.seen[0].messages[0].content == "harmless"


def test_the_value_that_was_accepted_stays_as_it_is() -> None:
    plugin = guarded()
    type(plugin._plugin).accepted = lambda self, call, value: value.clear()
    value = {"total": 7}
    with Chain([plugin]).enter(CallContext(provider="p", model="m")) as exchange:
        exchange.complete(ASKED, Vendor())
        exchange.accepted(value)
    assert value == {"total": 7}


@pytest.mark.parametrize(
    ("may", "given", "changed"),
    [
        ({"answer:read", "answer:write"}, ProviderError("other"), True),
        ({"answer:read"}, ProviderError("other"), False),
        ({"answer:read", "answer:write"}, said("all the same"), True),
        ({"answer:read"}, said("all the same"), False),
        ({"call:reject"}, Rejected("no"), True),
        ({"answer:read", "answer:write"}, Rejected("no"), False),
    ],
)
def test_another_outcome_of_an_error_needs_permission(may: Any, given: Any, changed: bool) -> None:
    down = ProviderUnavailable("down")
    found = failed(guarded(may, on_error=gives(given)), down)
    assert (found is not down) is changed


def test_words_of_an_error_are_part_of_the_answer() -> None:
    seen: list[ProviderError] = []
    down = ProviderUnavailable("your prompt was: secret plans", status=503)
    assert failed(guarded(set(), on_error=lambda call, e: seen.append(e)), down) is down
    assert (seen[0].message, str(seen[0]), seen[0].status) == ("(hidden)", "(hidden)", 503)
    failed(guarded({"answer:read"}, on_error=lambda call, e: seen.append(e)), down)
    assert seen[1].message == down.message
    same = guarded(set(), required=True, on_error=lambda call, e: e)
    assert failed(same, down) is down, "what it was lent is no other error"


def test_one_that_hung_in_a_stream_is_not_asked_again() -> None:
    released, asked = threading.Event(), []

    def hang(call: CallContext, delta: Any) -> None:
        asked.append(1)
        released.wait(60)

    assert len(streamed(guarded(delta=hang, timeout=0.05), pieces=50)) == 51
    released.set()
    assert len(asked) == 1


def test_what_it_says_of_a_prompt_to_be_redacted_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    plugin = guarded(on_error=raises(ValueError("cannot read ann@example.org")))
    with caplog.at_level(logging.WARNING):
        for redact in ((), ("email",)):
            failed(plugin, ProviderUnavailable("down"), redact=redact)
    told = [r.__dict__.get("error") for r in caplog.records if r.message == "plugin_failed"]
    assert told == ["cannot read ann@example.org", None]


def test_without_the_answers_permission_it_hears_only_that_there_was_one() -> None:
    for may, expected in (({"answer:read"}, [{"total": 7}]), ({"prompt:read"}, [None])):
        seen: list[Any] = []
        plugin = guarded(may)
        type(plugin._plugin).accepted = lambda self, call, value, seen=seen: seen.append(value)
        with Chain([plugin]).enter(CallContext(provider="p", model="m")) as exchange:
            exchange.complete(ASKED, Vendor())
            exchange.accepted({"total": 7})
        assert seen == expected
    pieces: list[Any] = []
    streamed(guarded({"prompt:read"}, delta=lambda call, delta: pieces.append(delta)))
    assert pieces == []
