"""Keys by weight, around those whose circuits are open."""

import random
from collections import Counter

import pytest

from providers.errors import (
    AuthenticationFailed,
    InvalidRequest,
    ProviderUnavailable,
    QuotaExhausted,
)
from providers.routing.circuit import CONSECUTIVE, CircuitBreaker
from providers.routing.gate import Gate
from providers.types import Credential
from tests.unit.providers.routing.circuits import Shared

MAIN = Credential(name="main", secret="a", weight=3)
SECOND = Credential(name="second", secret="b", weight=1)
SPARE = Credential(name="spare", secret="c", weight=0)
KEYS = (MAIN, SECOND, SPARE)


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Gate:
    return Gate(CircuitBreaker(clock=clock), random.Random(1))


def chosen(gate: Gate, times: int = 1000, model: str = "m") -> Counter[str]:
    found = (gate.enter("p", model, KEYS) for _ in range(times))
    return Counter(credential.name if credential else "none" for credential in found)


def test_keys_by_weight_and_the_spare_one_never(gate: Gate) -> None:
    counts = chosen(gate, 4000)
    assert counts.keys() == {"main", "second"}
    assert counts["main"] == pytest.approx(3000, rel=0.1)


def test_a_spent_key_is_closed_for_every_model_and_the_rest_goes_on(gate: Gate) -> None:
    gate.failed("p", "m", "main", QuotaExhausted("spent"))
    assert chosen(gate).keys() == {"second"}
    assert chosen(gate, model="other").keys() == {"second"}
    gate.failed("p", "m", "second", AuthenticationFailed("no"))
    assert chosen(gate).keys() == {"spare"}
    gate.failed("p", "m", "spare", QuotaExhausted("spent"))
    assert chosen(gate).keys() == {"none"}


def test_a_failing_model_leaves_the_others_alone(gate: Gate) -> None:
    for key in KEYS:
        for _ in range(CONSECUTIVE):
            gate.failed("p", "m", key.name, ProviderUnavailable("503"))
    blocked = gate.blocked("p", "m", KEYS)
    assert blocked is not None
    assert blocked.seconds == 5
    assert gate.blocked("p", "other", KEYS) is None
    assert chosen(gate, 10).keys() == {"none"}


def test_a_key_that_recovers_is_tried_by_one_and_comes_back(gate: Gate, clock: Clock) -> None:
    gate.failed("p", "m", "main", QuotaExhausted("spent", retry_after=10))
    clock.now += 10
    counts = chosen(gate, 100)
    assert counts["main"] == 1
    gate.answered("p", "m", "main", 0.1)
    assert chosen(gate, 100)["main"] > 50


def test_a_key_on_trial_is_free_again_when_its_call_says_nothing_of_it(
    gate: Gate, clock: Clock
) -> None:
    gate.failed("p", "m", "main", QuotaExhausted("spent", retry_after=10))
    clock.now += 10
    assert chosen(gate, 100)["main"] == 1
    gate.failed("p", "m", "main", ProviderUnavailable("503"))
    assert gate.standing("p", "other", "main").state == "half_open"
    assert chosen(gate, 100)["main"] == 1
    gate.failed("p", "m", "main", InvalidRequest("bad"))
    assert gate.standing("p", "other", "main").state == "closed", "it was let in"


def test_a_model_on_trial_is_free_again_when_the_key_was_refused(gate: Gate, clock: Clock) -> None:
    for _ in range(5):
        gate.failed("p", "m", "main", ProviderUnavailable("503"))
    clock.now += 5
    assert chosen(gate, 100)["main"] == 1
    gate.failed("p", "m", "main", QuotaExhausted("spent", retry_after=1))
    clock.now += 1
    assert gate.standing("p", "m", "main").state == "half_open"


def test_who_may_not_try_the_model_does_not_try_the_key(clock: Clock) -> None:
    shared = Shared()
    gate = Gate(CircuitBreaker(shared=shared, clock=clock), random.Random(1))
    gate.failed("p", "m", "main", QuotaExhausted("spent", retry_after=10))
    for _ in range(5):
        gate.failed("p", "m", "main", ProviderUnavailable("503"))
    clock.now += 10
    shared.probes.add("p/m#main")  # another process tries the model
    assert gate.enter("p", "m", KEYS[:1]) is None
    assert shared.probes == {"p/m#main"}
    assert gate.standing("p", "other", "main").state == "half_open"
