import logging
import threading
import time
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from providers.errors import ProviderError
from providers.middleware.base import CallContext, Middleware, PluginFailed, Rejected
from providers.middleware.chain import Chain
from providers.middleware.hook_threads import MOST
from providers.middleware.plugin import Guarded, PluginRules
from providers.types import (
    Completion,
    CompletionRequest,
    Credential,
    Finished,
    Message,
    TextDelta,
    Usage,
)

ASKED = CompletionRequest(model="m", messages=(Message(role="user", content="secret plans"),))
ALL = frozenset({"prompt:read", "prompt:write", "answer:read", "answer:write", "call:reject"})


def said(text: str) -> Completion:
    return Completion(text=text, model="m", finish="stop", usage=Usage())


class Plugin(Middleware):
    """A stranger's: `hooks` are functions of (call, argument)."""

    name = "strange"
    hooks: ClassVar[dict[str, Any]] = {}

    def before(self, call: CallContext, request: CompletionRequest) -> Any:
        return self.hooks.get("before", lambda *_: None)(call, request)

    def after(self, call: CallContext, completion: Completion) -> Any:
        return self.hooks.get("after", lambda *_: None)(call, completion)

    def on_error(self, call: CallContext, error: ProviderError) -> Any:
        return self.hooks.get("on_error", lambda *_: None)(call, error)

    def delta(self, call: CallContext, delta: Any) -> Any:
        return self.hooks.get("delta", lambda *_: None)(call, delta)


def guarded(may: Any = ALL, *, required: bool = False, timeout: float = 5.0, **hooks: Any) -> Any:
    kind = type("Strange", (Plugin,), {"permissions": frozenset(may), "hooks": hooks})
    rules = PluginRules(grant=ALL, required=required, timeout_seconds=timeout)
    return Guarded(kind(), rules)


class Vendor:
    def __init__(self) -> None:
        self.seen: list[CompletionRequest] = []

    def __call__(self, request: CompletionRequest) -> Completion:
        self.seen.append(request)
        return said("answer")


def ask(plugin: Guarded, vendor: Any = None) -> str:
    call = CallContext(
        provider="p",
        model="m",
        credentials=(Credential(name="k", secret="sk-secret"),),
        state={"privacy": "vault"},
        subject="somebody",
    )
    with Chain([plugin]).enter(call) as exchange:
        return exchange.complete(ASKED, vendor or Vendor()).text


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


def crash(call: Any, given: Any) -> None:
    raise ZeroDivisionError("bug")


@pytest.mark.parametrize("hook", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [crash, lambda call, given: "nonsense", lambda call, given: 7],
    ids=["raises", "a", "b"],
)
def test_one_that_fails_is_passed_by(
    hook: str, fault: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert ask(guarded(**{hook: fault})) == "answer"
    assert [r.message for r in caplog.records] == ["plugin_failed"]
    with pytest.raises(PluginFailed, match=f"'strange' failed in {hook}"):
        ask(guarded(required=True, **{hook: fault}))


@pytest.fixture
def hang() -> Iterator[Any]:
    released = threading.Event()
    yield lambda call, given: released.wait(60) and None
    released.set()


def test_one_that_hangs_is_passed_by(hang: Any) -> None:
    assert ask(guarded(before=hang, timeout=0.05)) == "answer"
    with pytest.raises(PluginFailed, match="hung"):
        ask(guarded(before=hang, timeout=0.05, required=True))


def test_one_that_always_hangs_is_not_waited_for_for_ever(hang: Any) -> None:
    others = sum(t.name == "plugin-strange" for t in threading.enumerate())  # idle, of other tests
    plugin = guarded(before=hang, timeout=0.02)
    while plugin._threads._pool.hung < MOST:
        ask(plugin)
    plugin.rules = PluginRules(timeout_seconds=60.0)  # nobody may wait for so long now
    started = time.monotonic()
    assert ask(plugin) == "answer"
    assert time.monotonic() - started < 30
    mine = [t for t in threading.enumerate() if t.name == "plugin-strange" and t.is_alive()]
    assert len(mine) <= MOST + others


def test_one_that_hung_once_comes_back() -> None:
    released = threading.Event()
    plugin = guarded(before=lambda call, r: released.wait(60) and None, timeout=0.02)
    while plugin._threads._pool.hung < MOST:
        ask(plugin)
    released.set()
    seen: list[bool] = []
    plugin._plugin.hooks["before"] = lambda call, r: seen.append(True)
    deadline = time.monotonic() + 30
    while not seen and time.monotonic() < deadline:
        ask(plugin)
    assert seen


def test_many_at_once_share_its_threads() -> None:
    seen: list[int] = []

    def before(call: CallContext, request: CompletionRequest) -> None:
        time.sleep(0.01)
        seen.append(1)

    plugin = guarded(before=before)
    threads = [threading.Thread(target=ask, args=(plugin,)) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 60


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
