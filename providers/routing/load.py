"""How busy and how quick deployments are: counted here, and told to the other processes."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from providers.routing.steady import steady

WINDOW = 60.0  # seconds that an answer's time counts
KEPT = 128  # answers of a deployment that are remembered
TOLD = 1.0  # seconds between two reports of a process
FRESH = 1.0  # seconds that a process goes by what it has read
STALE = 10.0  # seconds after which a process that reported nothing more counts no more


@dataclass(frozen=True, kw_only=True)
class Load:
    """Of one deployment, over all processes."""

    in_flight: int = 0
    p95_ms: float | None = None  # the slowest process counts


class SharedLoads(Protocol):
    """Texts under names. May raise anything: then a process goes by its own."""

    def tell(self, name: str, text: str) -> None: ...
    def read(self) -> Mapping[str, str]: ...


@dataclass
class _Own:
    in_flight: int = 0
    answers: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=KEPT))
    told_at: float = 0.0
    changed: bool = False  # since it was told


class LoadBook:
    """Safe to use from many threads. `process` is a name that no other has."""

    def __init__(
        self,
        process: str,
        shared: SharedLoads | None = None,
        clock: Callable[[], float] = steady,
    ) -> None:
        self._process = process
        self._shared = shared
        self._clock = clock
        self._lock = threading.Lock()
        self._own: dict[str, _Own] = {}
        self._read_at = 0.0
        self._others: dict[str, Load] = {}
        self._teller: threading.Thread | None = None

    def begin(self, name: str) -> None:
        """A call goes out."""
        with self._lock:
            own = self._own.setdefault(name, _Own())
            own.in_flight += 1
        self._report(name, own)

    def end(self, name: str, seconds: float | None) -> None:
        """A call is over; with the time of its answer, when it was one."""
        with self._lock:
            own = self._own.setdefault(name, _Own())
            own.in_flight = max(0, own.in_flight - 1)
            if seconds is not None:
                own.answers.append((self._clock(), seconds * 1000))
        self._report(name, own)

    def loads(self) -> Mapping[str, Load]:
        """Of every deployment that any process has called lately."""
        now = self._clock()
        if self._shared is not None and now - self._read_at >= FRESH:
            self._read_at = now
            try:
                self._others = _added_up(self._shared.read(), now)
            except Exception:  # what is known must do
                self._others = {}
        if self._others:
            return self._others
        with self._lock:
            return {name: self._load(own) for name, own in self._own.items()}

    def _load(self, own: _Own) -> Load:
        edge = self._clock() - WINDOW
        times = sorted(ms for at, ms in own.answers if at >= edge)
        p95 = times[min(len(times) - 1, int(len(times) * 0.95))] if times else None
        return Load(in_flight=own.in_flight, p95_ms=p95)

    def retell(self) -> bool:
        """Report what changed, and calls that take long; False when there is nothing of either."""
        with self._lock:
            due = {n: own for n, own in self._own.items() if own.changed or own.in_flight}
            if not due:
                self._teller = None
        for name, own in due.items():
            self._report(name, own)
        return bool(due)

    def _report(self, name: str, own: _Own) -> None:
        now = self._clock()
        if self._shared is None:
            return
        with self._lock:
            own.changed = abs(now - own.told_at) < TOLD
            self._keep_telling()
            if own.changed:
                return
            own.told_at = now
            load = self._load(own)
        text = json.dumps({"in_flight": load.in_flight, "p95_ms": load.p95_ms, "at": now})
        try:
            self._shared.tell(f"{name}|{self._process}", text)
        except Exception:  # others choose with less knowledge, and no call waits
            return

    def _keep_telling(self) -> None:
        """While calls are made, a thread reports what `begin` and `end` came too early for."""
        if self._teller is None or not self._teller.is_alive():  # a fork has none
            name = f"loads of {self._process}"
            self._teller = threading.Thread(target=self._tell_on, name=name, daemon=True)
            self._teller.start()

    def _tell_on(self) -> None:
        while True:
            time.sleep(TOLD)
            if not self.retell():
                return


def _added_up(texts: Mapping[str, str], now: float) -> dict[str, Load]:
    found: dict[str, list[Load]] = {}
    for field_name, text in texts.items():
        told = json.loads(text)
        if abs(now - told["at"]) <= STALE:
            load = Load(in_flight=told["in_flight"], p95_ms=told["p95_ms"])
            found.setdefault(field_name.rpartition("|")[0], []).append(load)
    return {name: _together(loads) for name, loads in found.items()}


def _together(loads: Iterable[Load]) -> Load:
    known = list(loads)
    times = [load.p95_ms for load in known if load.p95_ms is not None]
    return Load(
        in_flight=sum(load.in_flight for load in known), p95_ms=max(times) if times else None
    )
