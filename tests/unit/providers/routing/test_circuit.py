"""When a circuit opens, for how long, and who may try it."""

import threading

import pytest

from providers.errors import (
    AuthenticationFailed,
    CallCanceled,
    InvalidRequest,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
)
from providers.routing.circuit import CONSECUTIVE, LEAST, PROBE, PROBING, CircuitBreaker, Opened

NAME = "openai/gpt-5#main"
DOWN = ProviderUnavailable("503")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Shared:
    """What processes share, in this one."""

    def __init__(self) -> None:
        self.open: dict[str, Opened] = {}
        self.probes: set[str] = set()
        self.broken = False

    def _check(self) -> None:
        if self.broken:
            raise ConnectionError

    def read(self) -> dict[str, Opened]:
        self._check()
        return dict(self.open)

    def put(self, name: str, opened: Opened) -> None:
        self._check()
        self.open[name] = opened
        self.probes.discard(name)

    def drop(self, name: str) -> None:
        self._check()
        self.open.pop(name, None)
        self.probes.discard(name)

    def take_probe(self, name: str, seconds: float) -> bool:
        self._check()
        free = name not in self.probes
        self.probes.add(name)
        return free


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fail(breaker: CircuitBreaker, times: int, error: ProviderError = DOWN) -> None:
    for _ in range(times):
        breaker.failed(NAME, error)


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
