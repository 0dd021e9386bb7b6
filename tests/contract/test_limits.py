"""Deadlines, cancellation and load, through the real SDK, over HTTP."""

import threading
import time

import pytest

from providers.calls import CancelToken
from providers.errors import CallCanceled, ProviderTimeout, TransientError
from tests.contract.conftest import Ask
from tests.contract.vendor import Vendor
from tests.contract.wire_server import Reply, WireServer


@pytest.fixture
def asked(vendor: Vendor, server: WireServer, ask: Ask) -> Ask:
    """After one good call, so that the time is spent at the vendor and a short one will do."""
    server.reply = Reply(vendor.answer("x", next(iter(vendor.finishes))))
    ask()
    server.received.clear()
    return ask


def test_a_dripping_body_meets_the_wall_clock(
    vendor: Vendor, server: WireServer, asked: Ask
) -> None:
    server.reply = Reply(vendor.answer("x" * 500, next(iter(vendor.finishes))), drip=0.05)
    started = time.monotonic()
    with pytest.raises(ProviderTimeout) as caught:
        asked(timeout=0.4)
    assert 0.3 < time.monotonic() - started < 15
    assert caught.value.provider == "mine"
    assert server.hung_up.wait(30), "the connection stayed open"


def test_silence_meets_the_wall_clock(server: WireServer, asked: Ask) -> None:
    server.reply = Reply(b"", before=30)
    started = time.monotonic()
    with pytest.raises(ProviderTimeout):
        asked(timeout=0.4)
    assert time.monotonic() - started < 15
    assert server.hung_up.wait(30)


def cancel_in_flight(server: WireServer, token: CancelToken) -> None:
    deadline = time.monotonic() + 10
    while not server.received and time.monotonic() < deadline:
        time.sleep(0.01)
    token.cancel()


def test_cancel_from_another_thread(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    server.reply = Reply(b"", before=30)
    token = CancelToken()
    threading.Thread(target=cancel_in_flight, args=(server, token)).start()
    started = time.monotonic()
    with pytest.raises(CallCanceled):
        ask(timeout=20, cancel=token)
    assert time.monotonic() - started < 15
    assert server.hung_up.wait(30), "the call went on at the vendor"


def test_a_canceled_token_calls_nobody(server: WireServer, ask: Ask) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CallCanceled):
        ask(cancel=token)
    assert server.received == []


def test_a_client_outlives_what_befell_it(vendor: Vendor, server: WireServer, asked: Ask) -> None:
    good = Reply(vendor.answer("fine", next(iter(vendor.finishes))))
    for bad in (Reply(b"", before=30), Reply(b"{", status=500), Reply(b'{"a": 1}', cut=2)):
        server.reply = bad
        with pytest.raises(TransientError):
            asked(timeout=0.3)
        server.reply = good
        assert asked().text == "fine"
