import asyncio
import os
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator

import pytest

from providers.call_streams import ROOM
from providers.calls import Caller, CancelToken
from providers.errors import (
    CallCanceled,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
)
from providers.types import (
    Completion,
    CompletionRequest,
    Delta,
    Finished,
    Message,
    TextDelta,
    Usage,
)

REQUEST = CompletionRequest(model="m", messages=(Message(role="user", content="x"),))
ANSWER = Completion(text="", model="m", finish="stop", usage=Usage())
END = Finished(completion=ANSWER)
WHOLE = [*(TextDelta(text=str(number)) for number in range(3)), END]


class Fake:
    """Streams `count` pieces, `seconds` apart, and then its end, or `error`."""

    name = "fake"
    dialect = "none"

    def __init__(self, count: int = 3, seconds: float = 0, error: Exception | None = None) -> None:
        self.count, self.seconds, self.error = count, seconds, error
        self.sent = 0
        self.closed = threading.Event()

    async def stream(
        self, request: CompletionRequest, timeout: float
    ) -> AsyncGenerator[Delta, None]:
        try:
            for number in range(self.count):
                await asyncio.sleep(self.seconds)
                self.sent += 1
                yield TextDelta(text=str(number))
            if self.error is not None:
                raise self.error
            yield END
        finally:
            self.closed.set()

    async def aclose(self) -> None:
        pass


@pytest.fixture
def caller() -> Iterator[Caller]:
    caller = Caller()
    yield caller
    caller.close()


def wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def test_the_pieces_come_in_order(caller: Caller) -> None:
    assert list(caller.stream(Fake(), REQUEST, timeout=9)) == WHOLE
    many = list(caller.stream(Fake(count=20 * ROOM), REQUEST, timeout=9))
    assert [d.text for d in many[:-1]] == [str(n) for n in range(20 * ROOM)]  # type: ignore[union-attr]


@pytest.mark.parametrize("error", [RateLimited("slow"), RuntimeError("a bug")], ids=repr)
def test_an_error_comes_after_what_came_before_it(error: Exception, caller: Caller) -> None:
    stream = caller.stream(Fake(error=error), REQUEST, timeout=9)
    assert [next(stream) for _ in range(3)] == WHOLE[:-1]
    with pytest.raises(type(error)) as caught:
        next(stream)
    assert caught.value is error


def test_nothing_is_asked_before_the_first_next(caller: Caller) -> None:
    fake = Fake()
    stream = caller.stream(fake, REQUEST, timeout=9)
    stream.close()
    time.sleep(0.05)
    assert fake.sent == 0


def test_a_slow_reader_holds_the_vendor_back(caller: Caller) -> None:
    fake = Fake(count=10 * ROOM)
    stream = caller.stream(fake, REQUEST, timeout=30)
    for read in range(1, 3 * ROOM):
        next(stream)
        time.sleep(0.001)
        assert fake.sent <= read + ROOM + 1
    assert len(list(stream)) == 7 * ROOM + 2
    assert fake.closed.wait(10)


def test_closing_early_ends_the_call(caller: Caller) -> None:
    fake = Fake(count=10**6, seconds=0.001)
    stream = caller.stream(fake, REQUEST, timeout=60)
    next(stream)
    stream.close()
    assert fake.closed.wait(10)
    assert list(caller.stream(Fake(), REQUEST, timeout=9)) == WHOLE


def test_a_dropped_iterator_ends_the_call(caller: Caller) -> None:
    fake = Fake(count=10**6, seconds=0.001)
    for _ in caller.stream(fake, REQUEST, timeout=60):
        break
    assert fake.closed.wait(10)


def test_a_reader_that_reads_no_more_meets_the_wall_clock(caller: Caller) -> None:
    """Nobody is told until it reads, but the vendor's connection does not wait for that."""
    fake = Fake(count=10**6)
    stream = caller.stream(fake, REQUEST, timeout=0.3)
    next(stream)
    assert fake.closed.wait(10)
    with pytest.raises(ProviderTimeout):
        list(stream)


def test_a_stuck_loop_does_not_hold_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(Fake):
        async def stream(
            self, request: CompletionRequest, timeout: float
        ) -> AsyncGenerator[Delta, None]:
            time.sleep(2)
            yield END

    monkeypatch.setattr("providers.call_streams.GRACE", 0.1)
    started = time.monotonic()
    with pytest.raises(ProviderTimeout):
        next(Caller().stream(Stuck(), REQUEST, timeout=0.1))
    assert time.monotonic() - started < 1.5


def test_a_cancel_interrupts(caller: Caller) -> None:
    fake, token = Fake(), CancelToken()
    hanging = Fake(count=10**6, seconds=30)
    threading.Timer(0.1, token.cancel).start()
    with pytest.raises(CallCanceled):
        next(caller.stream(hanging, REQUEST, timeout=60, cancel=token))
    assert hanging.closed.wait(10)
    with pytest.raises(CallCanceled):
        next(caller.stream(fake, REQUEST, timeout=60, cancel=token))
    assert fake.sent == 0


def test_a_cancel_is_heard_before_what_is_in_the_buffer(caller: Caller) -> None:
    fake, token = Fake(count=10**6), CancelToken()
    stream = caller.stream(fake, REQUEST, timeout=60, cancel=token)
    next(stream)
    token.cancel()
    with pytest.raises(CallCanceled):
        next(stream)


def test_an_answer_that_came_first_wins(caller: Caller) -> None:
    fake, token = Fake(), CancelToken()
    stream = caller.stream(fake, REQUEST, timeout=9, cancel=token)
    first = next(stream)
    assert fake.closed.wait(10)
    token.cancel()
    assert [first, *stream] == WHOLE


def test_close_ends_what_is_in_flight_and_a_later_stream_starts_anew(caller: Caller) -> None:
    fake = Fake(count=10**6, seconds=0.01)
    stream = caller.stream(fake, REQUEST, timeout=60)
    next(stream)
    caller.close()
    with pytest.raises(ProviderUnavailable):
        list(stream)
    assert fake.closed.is_set()
    assert list(caller.stream(Fake(), REQUEST, timeout=9)) == WHOLE


def test_a_fork_makes_its_own_loop(caller: Caller) -> None:
    fake = Fake(count=10**6, seconds=0.01)
    parents = caller.stream(fake, REQUEST, timeout=60)
    next(parents)
    child = os.fork()
    if child == 0:
        try:
            whole = list(caller.stream(Fake(), REQUEST, timeout=9))
            try:
                list(parents)
                os._exit(3)
            except ProviderError:
                os._exit(0 if whole == WHOLE else 1)
        except BaseException:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    sent = fake.sent
    assert wait_for(lambda: fake.sent > sent), "the child ended its parent's stream"
    parents.close()


def test_many_streams_share_one_loop(caller: Caller) -> None:
    results: list[int] = []

    def read() -> None:
        fake = Fake(count=20, seconds=0.01)
        results.append(len(list(caller.stream(fake, REQUEST, timeout=30))))

    threads = [threading.Thread(target=read) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [21] * 100
