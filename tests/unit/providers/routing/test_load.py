"""Calls in flight and the 95th percentile, over processes."""

from providers.routing.load import KEPT, Load, LoadBook


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
