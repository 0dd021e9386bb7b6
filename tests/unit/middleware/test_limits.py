"""The limits' middleware: tokens are reserved before a call, and corrected after it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from providers.errors import ProviderUnavailable
from providers.middleware.base import CallContext, Deferred
from providers.middleware.chain import Chain
from providers.middleware.limits import Limits
from providers.routing.allowances import Allowances
from providers.routing.circuit import CircuitBreaker
from providers.routing.gate import Gate
from providers.types import (
    Completion,
    CompletionRequest,
    Credential,
    Message,
    ProviderConfig,
    TextDelta,
    Usage,
)

KEY = Credential(name="k", tokens_per_minute=60_000)  # 2,000 at once
CONFIG = ProviderConfig(name="p", kind="openai", keys=(KEY,))
REQUEST = CompletionRequest(model="m", messages=(Message(role="user", content="x"),))
ANSWER = Completion(
    text="{}", model="m", finish="stop", usage=Usage(input_tokens=90, output_tokens=10)
)


@pytest.fixture
def gate() -> Gate:
    return Gate(CircuitBreaker(), allowances=Allowances({"p": CONFIG}, clock=lambda: 5.0))


def left(gate: Gate) -> int | None:
    head = gate.allowances.headroom("p", "m")
    gate.allowances._read_at = -1.0
    return head.tokens if head else None


def call(gate: Gate, send: Callable[[CompletionRequest], Completion]) -> Completion:
    context = CallContext(provider="p", model="m", credentials=(KEY,), tokens=1500)
    with Chain([Limits(gate)]).enter(context) as exchange:
        return exchange.complete(REQUEST, send)


def test_the_estimate_is_held_until_the_answer_corrects_it(gate: Gate) -> None:
    meanwhile: list[int | None] = []

    def send(request: CompletionRequest) -> Completion:
        meanwhile.append(left(gate))
        return ANSWER

    call(gate, send)
    assert (meanwhile, left(gate)) == ([500], 1900)


def test_a_vendor_that_counts_no_tokens_gives_none_back(gate: Gate) -> None:
    call(gate, lambda request: replace(ANSWER, usage=Usage()))
    assert left(gate) == 500


def test_an_answer_is_told_to_the_circuit_and_the_loads(gate: Gate) -> None:
    call(gate, lambda request: replace(ANSWER, latency_ms=1_500))
    load = gate.loads.loads()["p/m"]
    assert (load.in_flight, load.p95_ms) == (0, 1_500)


def test_a_failed_call_gives_nothing_back(gate: Gate) -> None:
    """The vendor may have counted it."""

    def send(request: CompletionRequest) -> Completion:
        raise ProviderUnavailable("503")

    with pytest.raises(ProviderUnavailable):
        call(gate, send)
    assert left(gate) == 500


def test_a_stream_that_its_reader_leaves_gives_nothing_back(gate: Gate) -> None:
    context = CallContext(provider="p", model="m", credentials=(KEY,), tokens=1500)
    with Chain([Limits(gate)]).enter(context) as exchange:
        pieces = exchange.stream(REQUEST, lambda request: iter([TextDelta(text="a")]))
        assert next(pieces) == TextDelta(text="a")
    assert left(gate) == 500
    assert gate.loads.loads()["p/m"].in_flight == 0


def test_without_room_nobody_is_asked(gate: Gate) -> None:
    gate.allowances.correct("p", "m", KEY, tokens=1500)
    with pytest.raises(Deferred):
        call(gate, lambda request: pytest.fail("was asked"))
    assert left(gate) == 500
