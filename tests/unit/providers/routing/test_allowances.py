"""A call is held against its provider's, its model's and its key's limits."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from providers.routing.allowances import Allowances
from providers.routing.buckets import Bucket, LocalBuckets, Wanted
from providers.routing.candidates import Candidate, Needs, reasons_against
from providers.routing.circuit import CircuitBreaker
from providers.routing.gate import Gate
from providers.types import Credential, ProviderConfig, RateLimits


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Shared(LocalBuckets):
    """A Redis that may be away."""

    away = False

    def _spend(self, wanted: Wanted, now: float) -> None:
        self._fail()
        super()._spend(wanted, now)

    def _levels(self, buckets: Sequence[Bucket], now: float) -> list[float]:
        self._fail()
        return super()._levels(buckets, now)

    def _fail(self) -> None:
        if self.away:
            raise ConnectionError


A, B = Credential(name="a"), Credential(name="b")
PLAIN = ProviderConfig(name="p", kind="openai", models=("m", "n"), keys=(A, B))


@pytest.fixture
def clock() -> Clock:
    return Clock()


def gate_of(clock: Clock, config: ProviderConfig) -> Gate:
    allowances = Allowances({config.name: config}, clock=clock)
    return Gate(CircuitBreaker(clock=clock), random.Random(1), allowances=allowances)


def through(gate: Gate, config: ProviderConfig, model: str = "m", tokens: int = 0) -> Counter[str]:
    """Who gets through of 100 that come at once, by key."""
    found = (gate.enter("p", model, config.credentials, tokens) for _ in range(100))
    return Counter(key.name for key in found if key)


def test_without_limits_all_go_out(clock: Clock) -> None:
    gate = gate_of(clock, PLAIN)
    assert through(gate, PLAIN).total() == 100
    assert gate.allowances.headroom("p", "m") is None


def test_a_providers_limit_is_for_all_its_models_and_keys(clock: Clock) -> None:
    config = replace(PLAIN, requests_per_minute=300)
    gate = gate_of(clock, config)
    assert through(gate, config).total() == 10
    assert through(gate, config, "n").total() == 0
    waits = gate.waits("p", "n", config.credentials)
    assert waits is not None
    assert waits.code == "rate_awaited"
    clock.now += waits.seconds
    assert through(gate, config, "n").total() == 1


def test_a_models_limit_is_its_own(clock: Clock) -> None:
    config = replace(PLAIN, limits={"m": RateLimits(requests_per_minute=60)})
    gate = gate_of(clock, config)
    assert through(gate, config).total() == 2
    assert through(gate, config, "n").total() == 100


def test_an_empty_key_makes_way_for_another(clock: Clock) -> None:
    keys = (replace(A, requests_per_minute=90), replace(B, weight=0, requests_per_minute=150))
    config = replace(PLAIN, keys=keys)
    gate = gate_of(clock, config)
    assert through(gate, config) == {"a": 3, "b": 5}
    waits = gate.waits("p", "m", keys)
    assert waits is not None
    assert waits.seconds == pytest.approx(61 / 146)  # the wider one's next


def test_a_keys_own_limit_for_a_model(clock: Clock) -> None:
    keys = (replace(A, limits={"m": RateLimits(requests_per_minute=30)}), B)
    config = replace(PLAIN, keys=keys)
    gate = gate_of(clock, config)
    assert through(gate, config)["a"] == 1
    assert through(gate, config, "n")["a"] > 20
    head = gate.allowances.headroom("p", "m")
    assert head is not None
    assert (head.requests, head.seconds) == (None, 0)  # the other key has no limit


def test_tokens_are_reserved_and_corrected(clock: Clock) -> None:
    config = replace(PLAIN, keys=(A,), tokens_per_minute=60_000)
    gate = gate_of(clock, config)
    assert through(gate, config, tokens=1000).total() == 2
    assert gate.waits("p", "m", config.credentials, 1000) is not None
    gate.allowances.correct("p", "m", A, tokens=100 - 1000)
    gate.unused("p", "m", A, 1000)
    head = gate.allowances.headroom("p", "m", 1000)
    assert head is not None
    assert head.tokens == pytest.approx(1900, abs=1)
    assert gate.waits("p", "m", config.credentials, 1000) is None


def test_the_reservation_of_a_call_that_a_circuit_stops_is_given_back(clock: Clock) -> None:
    from providers.errors import QuotaExhausted

    config = replace(PLAIN, keys=(A,), requests_per_minute=60)
    gate = gate_of(clock, config)
    gate.failed("p", "m", "a", QuotaExhausted("spent", retry_after=1))
    clock.now += 2
    assert gate.enter("p", "m", config.credentials) == A  # the probe
    assert gate.enter("p", "m", config.credentials) is None
    gate.answered("p", "m", "a", 0.1)
    assert through(gate, config).total() == 1, "of two, the probe took one"


def test_a_longer_circuit_is_what_is_waited_for(clock: Clock) -> None:
    from providers.errors import QuotaExhausted

    config = replace(PLAIN, requests_per_minute=1)
    gate = gate_of(clock, config)
    assert through(gate, config).total() == 1
    gate.failed("p", "m", "a", QuotaExhausted("spent", retry_after=300))
    waits = gate.waits("p", "m", (A,))
    assert waits is not None
    assert (waits.code, waits.seconds) == ("circuit_open", 300)
    waits = gate.waits("p", "m", (A, B))
    assert waits is not None
    assert waits.code == "rate_awaited"


def test_a_process_counts_for_itself_while_the_sharing_fails(clock: Clock) -> None:
    """With what it knows from before, and tells it afterwards."""
    shared = Shared(clock)
    config = replace(PLAIN, keys=(A,), requests_per_minute=300)
    one, two = (Allowances({"p": config}, shared, clock) for _ in range(2))

    def taken(allowances: Allowances) -> int:
        return sum(allowances.take("p", "m", A, 10) == 0.0 for _ in range(20))

    assert one.take("p", "m", A, 10) == 0.0
    shared.away = True
    assert (taken(one), taken(two)) == (9, 10)
    clock.now += 1  # some of it has run out
    shared.away = False
    assert taken(two) + taken(one) + taken(two) <= 5, "what ran out of the first one's own"
    clock.now += 60
    assert taken(one) + taken(two) == 10


def test_the_router_drops_who_has_no_room_and_says_what_is_left(clock: Clock) -> None:
    config = replace(PLAIN, requests_per_minute=60, tokens_per_minute=90_000)
    gate = gate_of(clock, config)
    head = gate.allowances.headroom("p", "m", 500)
    assert head is not None
    assert (head.requests, head.tokens, head.seconds) == (2, 3000, 0)
    through(gate, config, tokens=100)
    clock.now += 0.5  # what was read is half a second old at most
    head = gate.allowances.headroom("p", "m", 500)
    assert head is not None
    assert head.requests == 0
    (reason,) = reasons_against(
        Candidate(name="p/m", provider="p", model="m", headroom=head), Needs()
    )
    assert reason.startswith("its limits leave no room for")
