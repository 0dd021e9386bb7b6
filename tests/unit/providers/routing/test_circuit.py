"""When a circuit opens, for how long, and who may try it."""

import pytest

from providers.errors import (
    AuthenticationFailed,
    CallCanceled,
    InvalidRequest,
    ProviderError,
    QuotaExhausted,
    RateLimited,
)
from providers.routing.circuit import CONSECUTIVE, LEAST, PROBE, PROBING, CircuitBreaker
from tests.unit.providers.routing.circuits import NAME, Clock, fail


def test_it_opens_after_failures_in_a_row_and_not_before(clock: Clock) -> None:
    breaker = CircuitBreaker(clock=clock)
    fail(breaker, CONSECUTIVE - 1)
    assert breaker.enter(NAME)
    breaker.succeeded(NAME)
    fail(breaker, CONSECUTIVE - 1)
    assert breaker.standing(NAME).state == "closed"
    fail(breaker, 1)
    standing = breaker.standing(NAME)
    assert (standing.state, standing.seconds) == ("open", 5.0)
    assert "503" in standing.reason
    assert not breaker.enter(NAME)
    assert breaker.enter("another")


def test_it_opens_at_half_of_many_calls(clock: Clock) -> None:
    breaker = CircuitBreaker(clock=clock)
    for _ in range(LEAST // 2 - 1):
        breaker.succeeded(NAME)
        fail(breaker, 1)
    assert breaker.standing(NAME).state == "closed"
    breaker.succeeded(NAME)
    fail(breaker, 1)
    assert breaker.standing(NAME).state == "open"


def test_old_failures_are_forgotten(clock: Clock) -> None:
    breaker = CircuitBreaker(clock=clock)
    for _ in range(LEAST):
        breaker.succeeded(NAME)
        fail(breaker, 1) if clock.now % 2 else None
        clock.now += 60
    assert breaker.standing(NAME).state == "closed"


def test_half_open_lets_one_through_and_its_success_closes(clock: Clock) -> None:
    breaker = CircuitBreaker(clock=clock)
    fail(breaker, CONSECUTIVE)
    clock.now += 5
    assert breaker.standing(NAME).state == "half_open"
    assert [breaker.enter(NAME) for _ in range(3)] == [True, False, False]
    breaker.succeeded(NAME)
    assert [breaker.enter(NAME) for _ in range(3)] == [True] * 3


def test_while_one_tries_it_it_is_open_to_others(clock: Clock) -> None:
    """A probe may hang: nobody waits for it who has another model to ask."""
    breaker = CircuitBreaker(clock=clock)
    fail(breaker, CONSECUTIVE)
    clock.now += 5
    assert breaker.enter(NAME)
    assert (breaker.standing(NAME).state, breaker.standing(NAME).seconds) == ("open", PROBING)
    clock.now += 8
    assert breaker.standing(NAME).seconds == 8, "asked less and less often"
    assert not breaker.enter(NAME)
    clock.now += PROBE
    assert breaker.standing(NAME).state == "half_open", "it was lost: another may try"


def test_a_failed_probe_opens_it_for_twice_as_long_up_to_a_minute(clock: Clock) -> None:
    breaker = CircuitBreaker(clock=clock)
    fail(breaker, CONSECUTIVE)
    waits = []
    for _ in range(6):
        waits.append(breaker.standing(NAME).seconds)
        clock.now += waits[-1]
        assert breaker.enter(NAME)
        fail(breaker, 1)
    assert waits == [5, 10, 20, 40, 60, 60]


def test_calls_from_before_neither_close_it_nor_hold_it_open(clock: Clock) -> None:
    breaker = CircuitBreaker(clock=clock)
    fail(breaker, CONSECUTIVE)
    clock.now += 3
    breaker.succeeded(NAME)
    fail(breaker, 10)
    assert breaker.standing(NAME).seconds == 2


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RateLimited("slow down", retry_after=7), 7),
        (RateLimited("slow down", retry_after=10**6), 3600),
        (QuotaExhausted("spent"), 300),
        (QuotaExhausted("spent", retry_after=40), 40),
        (AuthenticationFailed("no"), 60),
    ],
)
def test_some_failures_open_it_at_once(clock: Clock, error: ProviderError, seconds: float) -> None:
    breaker = CircuitBreaker(clock=clock)
    breaker.failed(NAME, error)
    assert breaker.standing(NAME).seconds == seconds


def test_what_is_wrong_with_the_request_does_not_count(clock: Clock) -> None:
    breaker = CircuitBreaker(clock=clock)
    fail(breaker, 50, InvalidRequest("bad"))
    fail(breaker, 50, RateLimited("no time named"))
    assert breaker.standing(NAME).state == "closed"
    fail(breaker, CONSECUTIVE)
    clock.now += 5
    assert breaker.enter(NAME)
    fail(breaker, 1, InvalidRequest("bad"))
    assert breaker.standing(NAME).state == "closed", "it answered: it works"


def test_a_canceled_probe_gives_its_place_back(clock: Clock) -> None:
    breaker = CircuitBreaker(clock=clock)
    fail(breaker, CONSECUTIVE)
    clock.now += 5
    assert breaker.enter(NAME)
    fail(breaker, 1, CallCanceled("never mind"))
    assert breaker.enter(NAME)
