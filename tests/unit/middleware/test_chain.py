from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from providers.errors import IncompleteAnswer, ProviderError, ProviderUnavailable
from providers.middleware.base import CallContext, Middleware
from providers.middleware.chain import Chain
from providers.types import (
    Completion,
    CompletionRequest,
    Delta,
    Finished,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)

ASKED = CompletionRequest(model="m", messages=())


def said(text: str) -> Completion:
    return Completion(text=text, model="m", finish="stop", usage=Usage())


class Told(Middleware):
    """Writes down which hooks ran; `does` says what a hook gives or raises."""

    def __init__(self, name: str, log: list[str], **does: Any) -> None:
        self.name = name  # type: ignore[misc]
        self._log = log
        self._does = does

    def _run(self, hook: str) -> Any:
        self._log.append(f"{self.name}.{hook}")
        given = self._does.get(hook)
        if isinstance(given, Exception) and hook != "on_error":
            raise given
        return given

    def before(self, call: CallContext, request: CompletionRequest) -> Any:
        return self._run("before")

    def after(self, call: CallContext, completion: Completion) -> Any:
        return self._run("after")

    def on_error(self, call: CallContext, error: ProviderError) -> Any:
        return self._run("on_error")

    def accepted(self, call: CallContext, value: Any) -> None:
        self._run("accepted")

    def close(self, call: CallContext) -> None:
        self._run("close")


def answer(request: CompletionRequest) -> Completion:
    return said("yes")


def fails(request: CompletionRequest) -> Completion:
    raise ProviderUnavailable("down")


def ran(send: Any, *order: Middleware) -> Any:
    with Chain(order).enter(CallContext(provider="p", model="m")) as exchange:
        try:
            return exchange.complete(ASKED, send).text
        except ProviderError as error:
            return error.message


def test_in_from_outside_and_out_from_inside() -> None:
    log: list[str] = []
    assert ran(answer, Told("a", log), Told("b", log)) == "yes"
    assert log == ["a.before", "b.before", "b.after", "a.after", "b.close", "a.close"]


def test_an_answer_in_the_providers_place_turns_back_there() -> None:
    log: list[str] = []
    order = Told("a", log), Told("b", log, before=said("kept")), Told("c", log)
    assert ran(fails, *order) == "kept"
    assert log == ["a.before", "b.before", "a.after", "b.close", "a.close"]


def test_a_refusal_is_told_to_those_outside() -> None:
    log: list[str] = []
    order = Told("a", log), Told("b", log, before=ProviderUnavailable("no")), Told("c", log)
    assert ran(answer, *order) == "no"
    assert log == ["a.before", "b.before", "a.on_error", "b.close", "a.close"]


@pytest.mark.parametrize(
    ("given", "result", "outer"),
    [
        (None, "down", "a.on_error"),
        (ProviderUnavailable("worse"), "worse", "a.on_error"),
        (said("all the same"), "all the same", "a.after"),
    ],
)
def test_an_error_may_be_changed_or_answered(given: Any, result: str, outer: str) -> None:
    log: list[str] = []
    assert ran(fails, Told("a", log), Told("b", log, on_error=given)) == result
    assert log == ["a.before", "b.before", "b.on_error", outer, "b.close", "a.close"]


def test_a_strange_exception_still_closes() -> None:
    log: list[str] = []

    def broken(request: CompletionRequest) -> Completion:
        raise RuntimeError("lost")

    with pytest.raises(RuntimeError):
        ran(broken, Told("a", log), Told("b", log))
    assert log == ["a.before", "b.before", "b.close", "a.close"]


def test_a_close_that_fails_keeps_no_other_from_closing() -> None:
    log: list[str] = []
    assert ran(answer, Told("a", log), Told("b", log, close=RuntimeError("x"))) == "yes"
    assert log[-2:] == ["b.close", "a.close"]


def test_accepted_is_told_before_the_close() -> None:
    log: list[str] = []
    with Chain([Told("a", log)]).enter(CallContext(provider="p", model="m")) as exchange:
        exchange.complete(ASKED, answer)
        exchange.accepted({})
    assert log[-2:] == ["a.accepted", "a.close"]


class Doubling(Middleware):
    name = "doubling"

    def delta(self, call: CallContext, delta: Delta) -> list[Delta] | None:
        return [delta, delta] if isinstance(delta, TextDelta) else None


def streamed(send: Any, *order: Middleware) -> list[Any]:
    found: list[Any] = []
    with Chain(order).enter(CallContext(provider="p", model="m")) as exchange:
        try:
            for delta in exchange.stream(ASKED, send):
                whole = isinstance(delta, Finished)
                found.append(delta.completion if whole else delta.text)  # type: ignore[union-attr]
        except ProviderError as error:
            found.append(error.code)
    return found


def pieces(*given: Delta | Exception) -> Any:
    def send(request: CompletionRequest) -> Iterator[Delta]:
        for one in given:
            if isinstance(one, Exception):
                raise one
            yield one

    return send


A, END = TextDelta(text="a"), Finished(completion=said("a"))


def test_pieces_pass_through_all_from_inside() -> None:
    log: list[str] = []
    assert streamed(pieces(A, END), Told("t", log), Doubling()) == ["a", "a", said("a")]
    assert log == ["t.before", "t.after", "t.close"]


def test_a_stream_without_its_end_is_an_error() -> None:
    log: list[str] = []
    assert streamed(pieces(A), Told("t", log)) == ["a", IncompleteAnswer.code]
    assert log == ["t.before", "t.on_error", "t.close"]


def test_what_was_shown_cannot_be_answered_away() -> None:
    log: list[str] = []
    saves = Told("t", log, on_error=said("instead"))
    down = ProviderUnavailable("down")
    assert streamed(pieces(A, down), saves) == ["a", down.code]
    assert streamed(pieces(down), saves) == ["instead", said("instead")]


def test_an_answer_instead_is_streamed_as_one_piece() -> None:
    log: list[str] = []
    assert streamed(pieces(), Told("t", log, before=said("kept"))) == ["kept", said("kept")]


def test_calls_of_tools_are_streamed_in_pieces_too() -> None:
    """A reader of pieces, such as one that passes them on, must not miss them."""
    call = ToolCall(id="c1", name="f", arguments="{}")
    kept = replace(said(""), finish="tool_calls", tool_calls=(call,))
    with Chain([Told("t", [], before=kept)]).enter(CallContext(provider="p", model="m")) as ours:
        found = list(ours.stream(ASKED, pieces()))
    assert found == [
        ToolCallDelta(index=0, id="c1", name="f", arguments="{}"),
        Finished(completion=kept),
    ]


def test_a_reader_that_leaves_closes_the_stream() -> None:
    log: list[str] = []
    closed: list[bool] = []

    def send(request: CompletionRequest) -> Iterator[Delta]:
        try:
            yield A
            yield A
        finally:
            closed.append(True)

    with Chain([Told("t", log)]).enter(CallContext(provider="p", model="m")) as exchange:
        stream = exchange.stream(ASKED, send)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
    assert closed == [True]
    assert log == ["t.before", "t.close"]


def test_pieces_and_the_acceptance_pass_from_the_inside_out() -> None:
    class Marks(Told):
        def delta(self, call: CallContext, delta: Delta) -> Any:
            return [TextDelta(text=delta.text + self.name)] if type(delta) is TextDelta else None

    log: list[str] = []

    def send(request: CompletionRequest) -> Iterator[Delta]:
        yield TextDelta(text="x")
        yield Finished(completion=said("x"))

    order = Chain([Marks("a", log), Marks("b", log)])
    with order.enter(CallContext(provider="p", model="m")) as exchange:
        assert next(exchange.stream(ASKED, send)) == TextDelta(text="xba")
        log.clear()
        exchange.accepted({})
        assert log == ["b.accepted", "a.accepted"]


def test_an_after_that_fails_is_told_to_those_outside() -> None:
    log: list[str] = []
    order = Told("a", log), Told("b", log, after=ProviderUnavailable("no")), Told("c", log)
    assert ran(answer, *order) == "no"
    assert log[3:6] == ["c.after", "b.after", "a.on_error"]
