"""Calls in flight and the 95th percentile, over processes."""

import json
import threading
import time
from collections.abc import Callable

import pytest

from providers.routing import load
from providers.routing.load import KEPT, TOLD, Load, LoadBook


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Shared:
    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.broken = False

    def tell(self, name: str, text: str) -> None:
        if self.broken:
            raise ConnectionError
        self.texts[name] = text

    def read(self) -> dict[str, str]:
        if self.broken:
            raise ConnectionError
        return self.texts


def test_a_process_alone() -> None:
    clock = Clock()
    book = LoadBook("a", clock=clock)
    for n in range(100):
        book.begin("p/m")
        book.end("p/m", n / 1000)
    book.begin("p/m")
    assert book.loads() == {"p/m": Load(in_flight=1, p95_ms=95.0)}
    clock.now += 61
    assert book.loads() == {"p/m": Load(in_flight=1, p95_ms=None)}, "old answers count no more"


def test_it_holds_a_bounded_number_of_answers() -> None:
    book = LoadBook("a", clock=Clock())
    for n in range(10 * KEPT):
        book.begin("p/m")
        book.end("p/m", n)
    assert book.loads()["p/m"].p95_ms > 9 * KEPT * 1000  # type: ignore[operator]


def test_processes_add_up_and_silent_ones_fall_out() -> None:
    clock, shared = Clock(), Shared()
    one, two, api = (LoadBook(name, shared, clock) for name in ("one", "two", "api"))
    one.begin("p/m")
    one.end("p/m", 0.5)
    clock.now += 2
    one.begin("p/m")
    two.begin("p/m")
    assert api.loads() == {"p/m": Load(in_flight=2, p95_ms=500.0)}
    clock.now += 20
    two.begin("p/m")
    assert api.loads()["p/m"].in_flight == 2, "one is silent, two has two"


def test_without_the_sharing_calls_go_on() -> None:
    shared = Shared()
    shared.broken = True
    book = LoadBook("a", shared, Clock())
    book.begin("p/m")
    assert book.loads() == {"p/m": Load(in_flight=1)}


def test_what_came_at_once_is_told_a_moment_later() -> None:
    """Only the first of a burst is reported at once; how many there are, by the next second."""
    clock, shared = Clock(), Shared()
    one, api = LoadBook("one", shared, clock), LoadBook("api", shared, clock)
    for _ in range(64):
        one.begin("p/m")
    clock.now += TOLD
    assert one.retell()
    assert api.loads() == {"p/m": Load(in_flight=64)}


def test_calls_that_take_long_stay_known() -> None:
    clock, shared = Clock(), Shared()
    one, api = LoadBook("one", shared, clock), LoadBook("api", shared, clock)
    one.begin("p/m")
    for _ in range(30):
        clock.now += TOLD
        assert one.retell()
    assert api.loads() == {"p/m": Load(in_flight=1)}
    one.end("p/m", 30.0)
    clock.now += TOLD
    one.retell()
    assert not one.retell(), "there is nothing to tell any more"
    clock.now += TOLD
    assert api.loads() == {"p/m": Load(in_flight=0, p95_ms=30_000.0)}


def test_a_thread_tells_them_while_there_are_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "TOLD", 0.02)
    shared = Shared()
    one, api = LoadBook("threaded", shared), LoadBook("api", shared)
    for _ in range(64):
        one.begin("p/m")

    def told() -> int:
        return int(json.loads(shared.texts["p/m|threaded"])["in_flight"])

    until(lambda: told() == 64)
    for _ in range(64):
        one.end("p/m", 0.1)
    until(lambda: told() == 0)
    until(lambda: "loads of threaded" not in {thread.name for thread in threading.enumerate()})
    one.begin("p/m")
    until(lambda: told() == 1)
    one.end("p/m", None)
    assert set(api.loads()) == {"p/m"}


@pytest.mark.parametrize("skew", [-3_600.0, 3_600.0])
def test_a_process_whose_clock_is_wrong_is_not_believed_for_ever(skew: float) -> None:
    clock, wrong, shared = Clock(), Clock(), Shared()
    wrong.now += skew
    LoadBook("wrong", shared, wrong).begin("p/m")
    LoadBook("one", shared, clock).begin("p/other")
    assert LoadBook("api", shared, clock).loads() == {"p/other": Load(in_flight=1)}


def until(true: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it never came true")
