"""What processes and threads know of one another's circuits."""

import threading

import pytest

from providers.errors import CallCanceled, QuotaExhausted, RateLimited
from providers.routing.circuit import CONSECUTIVE, FRESH, PROBE, CircuitBreaker, Opened
from tests.unit.providers.routing.circuits import DOWN, NAME, Clock, Shared, fail


def test_anothers_probe_is_over_when_it_says_so(clock: Clock) -> None:
    shared = Shared()
    one, two = (CircuitBreaker(shared=shared, clock=clock) for _ in range(2))
    fail(one, CONSECUTIVE)
    clock.now += 5
    assert one.enter(NAME)
    assert not two.enter(NAME)
    assert two.standing(NAME).state == "open"
    one.failed(NAME, DOWN)
    clock.now += 10
    assert two.standing(NAME).state == "half_open"
    assert two.enter(NAME)


def test_processes_share_what_they_know(clock: Clock) -> None:
    shared = Shared()
    one, two = (CircuitBreaker(shared=shared, clock=clock) for _ in range(2))
    assert two.enter(NAME)
    fail(one, CONSECUTIVE)
    clock.now += 0.5
    assert two.standing(NAME).state == "open"
    clock.now += 5
    assert [one.enter(NAME), two.enter(NAME)] == [True, False]
    one.succeeded(NAME)
    clock.now += 0.5
    assert two.standing(NAME).state == "closed"


def test_without_the_sharing_each_goes_by_its_own(clock: Clock) -> None:
    shared = Shared()
    shared.broken = True
    breaker = CircuitBreaker(shared=shared, clock=clock)
    fail(breaker, CONSECUTIVE)
    assert not breaker.enter(NAME)
    clock.now += 5
    assert breaker.enter(NAME)
    breaker.succeeded(NAME)
    assert breaker.standing(NAME).state == "closed"


def test_one_probe_among_many_threads(clock: Clock) -> None:
    breaker = CircuitBreaker(shared=Shared(), clock=clock)
    fail(breaker, CONSECUTIVE)
    clock.now += 5
    found: list[bool] = []
    work = [threading.Thread(target=lambda: found.append(breaker.enter(NAME))) for _ in range(20)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert sum(found) == 1


def test_what_was_read_before_a_circuit_opened_does_not_close_it(clock: Clock) -> None:
    shared = Shared()
    breaker = CircuitBreaker(shared=shared, clock=clock)
    read = shared.read

    def slow_read() -> dict[str, Opened]:
        found = read()
        fail(breaker, CONSECUTIVE)  # by another thread, while the answer is under way
        return found

    shared.read = slow_read  # type: ignore[method-assign]
    breaker.standing(NAME)
    assert not breaker.enter(NAME)


@pytest.mark.parametrize("heard", [False, True])
def test_what_opened_while_the_others_were_away_is_told_when_they_are_back(
    clock: Clock, heard: bool
) -> None:
    """`heard`: they had heard of it, and have lost it."""
    shared = Shared()
    one, two = (CircuitBreaker(shared=shared, clock=clock) for _ in range(2))
    assert one.enter(NAME)
    shared.broken = not heard
    fail(one, 1, QuotaExhausted("spent", retry_after=600))
    clock.now += 2
    assert one.standing(NAME).state == "open"
    shared.broken = False
    shared.open.clear()
    clock.now += FRESH
    assert one.standing(NAME).seconds == 600 - 2.5
    clock.now += FRESH
    assert two.standing(NAME).state == "open"


def test_what_closed_while_the_others_were_away_is_tried_by_one(clock: Clock) -> None:
    shared = Shared()
    one = CircuitBreaker(shared=shared, clock=clock)
    fail(one, CONSECUTIVE)
    clock.now += 5
    shared.broken = True
    assert one.enter(NAME)
    one.succeeded(NAME)
    assert one.standing(NAME).state == "closed"
    shared.broken = False
    clock.now += FRESH
    assert [one.enter(NAME), one.enter(NAME)] == [True, False]
    one.succeeded(NAME)
    clock.now += FRESH
    assert (one.standing(NAME).state, shared.open) == ("closed", {})


def test_anothers_longer_time_is_taken_over(clock: Clock) -> None:
    shared = Shared()
    one, two = (CircuitBreaker(shared=shared, clock=clock) for _ in range(2))
    fail(one, 1, RateLimited("slow down", retry_after=10))
    fail(two, 1, RateLimited("slow down", retry_after=90))
    clock.now += FRESH
    assert [b.standing(NAME).seconds for b in (one, two)] == [89.5, 89.5]


def test_a_canceled_probe_gives_its_place_back_to_all(clock: Clock) -> None:
    shared = Shared()
    one, two = (CircuitBreaker(shared=shared, clock=clock) for _ in range(2))
    fail(one, CONSECUTIVE)
    clock.now += 5
    assert [one.enter(NAME), two.enter(NAME)] == [True, False]
    fail(two, 1, CallCanceled("of an older call"))
    assert not two.enter(NAME), "the probe is the other's"
    fail(one, 1, CallCanceled("never mind"))
    clock.now += PROBE  # as long as the refused one takes its place for taken
    assert two.enter(NAME)
    fail(one, 1, CallCanceled("of an older call, again"))
    assert shared.probes == {NAME}, "it has gone over to the other"
