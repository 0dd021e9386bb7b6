"""A plugin sees and does what it was granted, and nothing else."""

from typing import Any

import pytest

from providers.middleware.base import CallContext, Rejected
from providers.middleware.chain import Chain
from providers.middleware.plugin import Guarded, PluginRules
from providers.types import (
    CompletionRequest,
    Finished,
    Message,
    TextDelta,
)
from tests.unit.middleware.plugins import ALL, ASKED, Plugin, Vendor, ask, crash, guarded, said


def test_what_it_asks_for_must_be_granted() -> None:
    kind = type("Strange", (Plugin,), {"permissions": frozenset({"prompt:read"})})
    with pytest.raises(ValueError, match="not granted: prompt:read"):
        Guarded(kind(), PluginRules())
    for wrong, says in (({"files:read"}, "unknown"), ({"prompt:write"}, "without prompt:read")):
        with pytest.raises(ValueError, match=says):
            guarded(wrong)


def test_it_sees_only_what_it_may() -> None:
    seen: list[Any] = []
    hooks = {"before": lambda call, r: seen.append(r), "after": lambda call, c: seen.append(c)}
    ask(guarded({"call:reject"}, **hooks))
    assert seen[0].messages[0].content == "(hidden)"
    assert seen[1].text == "(hidden)"
    ask(guarded(**hooks))
    assert seen[2] == ASKED
    assert seen[3] == said("answer")


def test_it_never_sees_keys_or_what_others_remember() -> None:
    seen: list[CallContext] = []
    ask(guarded(before=lambda call, r: seen.append(call)))
    assert seen[0].credentials == ()
    assert seen[0].subject is None
    assert "privacy" not in seen[0].state


def test_its_own_memory_lasts_for_the_call() -> None:
    found: list[Any] = []

    def before(call: CallContext, request: Any) -> None:
        call.state["mine"] = 1

    plugin = guarded(before=before, after=lambda call, c: found.append(call.state))
    ask(plugin)
    assert found == [{"mine": 1}]


CHANGED = CompletionRequest(model="m", messages=(Message(role="user", content="harmless"),))


@pytest.mark.parametrize(
    ("may", "sent"), [(ALL, "harmless"), ({"prompt:read"}, "secret plans"), (set(), "secret plans")]
)
def test_a_changed_prompt_needs_permission(may: Any, sent: str) -> None:
    vendor = Vendor()
    ask(guarded(may, before=lambda call, r: CHANGED), vendor)
    assert vendor.seen[0].messages[0].content == sent


@pytest.mark.parametrize("hook", ["before", "after"])
@pytest.mark.parametrize(("may", "text"), [(ALL, "mine"), ({"answer:read"}, "answer")])
def test_an_answer_of_its_own_needs_permission(hook: str, may: Any, text: str) -> None:
    assert ask(guarded(may, **{hook: lambda call, given: said("mine")})) == text


def reject(call: Any, request: Any) -> None:
    raise Rejected("not this one")


def test_rejecting_needs_permission() -> None:
    with pytest.raises(Rejected):
        ask(guarded(before=reject))
    assert ask(guarded({"prompt:read"}, before=reject)) == "answer"


def streamed(plugin: Guarded) -> list[Any]:
    def send(request: CompletionRequest) -> Any:
        yield TextDelta(text="a")
        yield Finished(completion=said("a"))

    with Chain([plugin]).enter(CallContext(provider="p", model="m")) as exchange:
        return list(exchange.stream(ASKED, send))


def test_streams() -> None:
    def shout(call: Any, delta: Any) -> Any:
        return [TextDelta(text="A")] if isinstance(delta, TextDelta) else None

    end = Finished(completion=said("a"))
    assert streamed(guarded(delta=shout)) == [TextDelta(text="A"), end]
    assert streamed(guarded({"answer:read"}, delta=shout)) == [TextDelta(text="a"), end]
    assert streamed(guarded(delta=crash)) == [TextDelta(text="a"), end]
    swallow = guarded(delta=lambda call, delta: [])
    assert streamed(swallow) == [end], "the end of a stream cannot be swallowed"
