import asyncio
import os
import threading
import time

import pytest

from providers.calls import Caller, CancelToken
from providers.errors import CallCanceled, ProviderTimeout, ProviderUnavailable, RateLimited
from providers.types import Completion, CompletionRequest, Message, Usage

REQUEST = CompletionRequest(model="m", messages=(Message(role="user", content="x"),))
ANSWER = Completion(text="hi", model="m", finish="stop", usage=Usage())


class Fake:
    """A provider that answers after `seconds`, or raises `error`."""

    name = "fake"
    dialect = "none"

    def __init__(self, seconds: float = 0.0, error: Exception | None = None) -> None:
        self.seconds = seconds
        self.error = error
        self.canceled = 0
        self.threads: set[str] = set()
        self.closed = False

    async def complete(self, request: CompletionRequest, timeout: float) -> Completion:
        self.threads.add(threading.current_thread().name)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.canceled += 1
            raise
        if self.error is not None:
            raise self.error
        return ANSWER

    async def aclose(self) -> None:
        self.closed = True


class Stuck(Fake):
    async def complete(self, request: CompletionRequest, timeout: float) -> Completion:
        time.sleep(self.seconds)
        return ANSWER


def test_an_answer_and_an_error_come_back() -> None:
    caller = Caller()
    assert caller.call(Fake(), REQUEST, timeout=1) is ANSWER
    error = RateLimited("slow")
    with pytest.raises(RateLimited) as caught:
        caller.call(Fake(error=error), REQUEST, timeout=1)
    assert caught.value is error
    caller.close()


def test_all_calls_share_one_thread() -> None:
    caller, fake = Caller(), Fake(0.2)
    threads = [
        threading.Thread(target=caller.call, args=(fake, REQUEST), kwargs={"timeout": 5})
        for _ in range(200)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 2
    assert fake.threads == {"provider-calls"}
    caller.close()


def test_a_cancel_interrupts() -> None:
    caller, fake, token = Caller(), Fake(30), CancelToken()
    threading.Timer(0.1, token.cancel).start()
    with pytest.raises(CallCanceled):
        caller.call(fake, REQUEST, timeout=20, cancel=token)
    assert fake.canceled == 1
    caller.close()


def test_an_answer_that_came_first_wins() -> None:
    caller, token = Caller(), CancelToken()
    assert caller.call(Fake(), REQUEST, timeout=1, cancel=token) is ANSWER
    token.cancel()
    caller.close()


def test_a_stuck_loop_does_not_hold_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.calls.GRACE", 0.1)
    started = time.monotonic()
    with pytest.raises(ProviderTimeout):
        Caller().call(Stuck(2), REQUEST, timeout=0.1)
    assert time.monotonic() - started < 1


def test_close_ends_what_is_in_flight_and_a_later_call_starts_anew() -> None:
    caller, fake = Caller(), Fake(30)
    threading.Timer(0.2, caller.close, args=(fake,)).start()
    with pytest.raises(ProviderUnavailable):
        caller.call(fake, REQUEST, timeout=20)
    deadline = time.monotonic() + 2
    while not fake.closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert fake.closed
    assert caller.call(Fake(), REQUEST, timeout=1) is ANSWER
    caller.close()
    caller.close()


def test_a_fork_makes_its_own_loop() -> None:
    caller = Caller()
    caller.call(Fake(), REQUEST, timeout=1)
    child = os.fork()
    if child == 0:
        try:
            answer = caller.call(Fake(), REQUEST, timeout=2)
            os._exit(0 if answer == ANSWER else 1)
        except BaseException:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    caller.close()


def test_token_callbacks() -> None:
    token, heard = CancelToken(), []
    undo = token.on_cancel(lambda: heard.append("undone"))
    token.on_cancel(lambda: heard.append("once"))
    undo()
    assert not token.canceled
    token.cancel()
    token.cancel()
    token.on_cancel(lambda: heard.append("late"))
    assert token.canceled
    assert heard == ["once", "late"]
