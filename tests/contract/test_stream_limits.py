"""Deadlines, cancellation and slow readers of streams, through the real SDK, over HTTP."""

import asyncio
import threading
import time

import pytest

from providers.calls import CancelToken
from providers.connections import _Body
from providers.errors import CallCanceled, ProviderTimeout, ProviderUnavailable
from providers.types import CompletionRequest, Finished
from tests.contract.line import HELLO, Line
from tests.contract.streams import STREAMS
from tests.contract.test_streams import STREAMING
from tests.contract.vendor import Vendor
from tests.contract.wire_server import StreamReply, WireServer

pytestmark = pytest.mark.parametrize("vendor", STREAMING, indirect=True, ids=str)
HANG = 15  # seconds


@pytest.fixture
def half(vendor: Vendor, server: WireServer, line: Line) -> StreamReply:
    """Some of a stream, and then silence; after a whole one, so that the SDK is warm."""
    parts = STREAMS[vendor.kind].text(["one", "two"], None)
    server.reply = StreamReply(parts=parts)
    line.hear()
    place = next(n for n, part in enumerate(parts) if b"one" in part)
    server.reply = StreamReply(parts=parts[: place + 1], hold=30)
    return server.reply


def test_silence_meets_the_wall_clock(half: StreamReply, server: WireServer, line: Line) -> None:
    started = time.monotonic()
    with pytest.raises(ProviderTimeout) as caught:
        line.hear(timeout=0.4)
    assert 0.3 < time.monotonic() - started < HANG
    assert caught.value.provider == "mine"
    assert server.hung_up.wait(30), "the connection stayed open"


def test_a_dripping_stream_meets_the_wall_clock(
    vendor: Vendor, server: WireServer, line: Line
) -> None:
    parts = STREAMS[vendor.kind].text(["x"] * 200, None)
    server.reply = StreamReply(parts=parts)
    line.hear()
    server.reply.between = 0.05
    with pytest.raises(ProviderTimeout):
        line.hear(timeout=0.4)
    assert server.hung_up.wait(30)


def test_cancel_in_the_middle(half: StreamReply, server: WireServer, line: Line) -> None:
    token = CancelToken()
    stream = line.stream(timeout=30, cancel=token)
    while getattr(next(stream), "text", "") != "one":
        pass
    threading.Timer(0.1, token.cancel).start()
    started = time.monotonic()
    with pytest.raises(CallCanceled):
        next(stream)
    assert time.monotonic() - started < HANG
    assert server.hung_up.wait(30), "the call went on at the vendor"


def test_a_canceled_token_calls_nobody(server: WireServer, line: Line) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CallCanceled):
        next(line.stream(cancel=token))
    assert server.received == []


def test_closing_the_caller_ends_a_stream(
    half: StreamReply, server: WireServer, line: Line
) -> None:
    stream = line.stream(timeout=30)
    next(stream)
    threading.Timer(0.1, line.close).start()
    with pytest.raises(ProviderUnavailable):
        list(stream)
    assert server.hung_up.wait(30)


def test_a_client_outlives_what_befell_it(
    vendor: Vendor, half: StreamReply, server: WireServer, line: Line
) -> None:
    good = StreamReply(parts=STREAMS[vendor.kind].text(["fine"], None))
    for _ in range(3):
        server.reply = half
        stream = line.stream(timeout=30)
        next(stream)
        stream.close()
        server.reply = good
        assert line.hear().text == "fine"


def test_the_answer_is_closed_before_the_generator_is(
    half: StreamReply, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not later, by the garbage collector: an exception may hold a frame for long."""
    closed: list[object] = []
    close = _Body.aclose

    async def spy(body: _Body) -> None:
        await close(body)
        closed.append(body)

    async def listen() -> None:
        stream = line.provider.stream(CompletionRequest(model=line.model, messages=HELLO), 10)
        await anext(stream)
        assert not closed
        await stream.aclose()  # type: ignore[attr-defined]
        assert closed

    line.close()
    monkeypatch.setattr(_Body, "aclose", spy)
    asyncio.run(listen())


def test_a_vendor_waits_for_a_slow_reader(vendor: Vendor, server: WireServer, line: Line) -> None:
    """Far more than sockets hold: the vendor cannot be done while nobody reads."""
    parts = STREAMS[vendor.kind].text(["x" * 50_000] * 400, None)
    server.reply = StreamReply(parts=parts)
    stream = line.stream(timeout=60)
    next(stream)
    time.sleep(0.3)
    assert server.parts_sent < 350
    *_, last = stream
    assert isinstance(last, Finished)
    assert len(last.completion.text) == 20_000_000
