"""A circuit's clock and what processes share of it, by hand."""

from providers.errors import (
    ProviderError,
    ProviderUnavailable,
)
from providers.routing.circuit import CircuitBreaker, Opened

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

    def leave_probe(self, name: str) -> None:
        self._check()
        self.probes.discard(name)


def fail(breaker: CircuitBreaker, times: int, error: ProviderError = DOWN) -> None:
    for _ in range(times):
        breaker.failed(NAME, error)
