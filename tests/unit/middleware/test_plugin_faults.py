"""A plugin that fails or hangs holds nobody up."""

import logging
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from providers.middleware.base import CallContext, PluginFailed
from providers.middleware.chain import Chain
from providers.middleware.hook_threads import MOST
from providers.middleware.plugin import PluginRules
from providers.types import (
    CompletionRequest,
)
from tests.unit.middleware.plugins import ASKED, Vendor, ask, crash, guarded


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


def test_a_forked_worker_has_threads_of_its_own() -> None:
    plugin = guarded(before=lambda call, request: None, required=True, timeout=10.0)
    assert ask(plugin) == "answer"  # a thread waits for the next hook now, in this process
    child = os.fork()
    if child == 0:
        plugin.rules = PluginRules(required=True, timeout_seconds=3.0)
        try:
            os._exit(0 if ask(plugin) == "answer" else 1)
        except BaseException:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("hook", ["accepted", "close"])
def test_a_required_one_that_only_hears_of_something_fails_no_call(hook: str) -> None:
    """The answer is paid for by then."""

    def crashes(self: Any, *told: Any) -> None:
        raise ZeroDivisionError("bug")

    plugin = guarded(required=True)
    setattr(type(plugin._plugin), hook, crashes)
    with Chain([plugin]).enter(CallContext(provider="p", model="m")) as exchange:
        assert exchange.complete(ASKED, Vendor()).text == "answer"
        exchange.accepted({})


def test_one_that_does_nothing_wrong_is_not_complained_of(caplog: pytest.LogCaptureFixture) -> None:
    closed: list[str] = []
    plugin = guarded(required=True)
    type(plugin._plugin).close = lambda self, call: closed.append(call.deployment)
    with caplog.at_level(logging.WARNING):
        assert ask(plugin) == "answer"
    assert (closed, caplog.records) == (["p/m"], [])
