"""A circuit for each deployment: what keeps failing is left alone, then tried with one call.

Nygard, "Release It!" (2007): closed lets calls through; after too many failures it is open and lets
none; when its time is up it is half open and lets one probe through, whose outcome closes or opens
it again. States are shared by all processes; each goes by its own when the sharing fails.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from providers.errors import (
    AuthenticationFailed,
    ContentRefused,
    IncompleteAnswer,
    InvalidRequest,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
)
from providers.routing.steady import steady

CONSECUTIVE = 5  # failures in a row that open a circuit
RATE, LEAST, WINDOW = 0.5, 20, 30.0  # or this share of at least so many calls in so many seconds
FIRST_OPEN, LONGEST_OPEN = 5.0, 60.0  # seconds; doubled each time that a probe fails
KEY_REFUSED = 60.0  # seconds that a key which the vendor refuses is left alone
QUOTA_SPENT = 300.0  # and one whose quota is used up, when the vendor names no time
LONGEST_WAIT = 3600.0  # seconds, of a vendor's Retry-After
PROBE = 30.0  # seconds that others leave a probe to its caller
PROBING = 1.0  # seconds until it is worth asking how it went; then as long as it has taken
FRESH = 0.5  # seconds that a process goes by what it has read
SAME = 1.0  # seconds by which two processes may tell one moment apart
COUNTED = (ProviderUnavailable, ProviderTimeout, IncompleteAnswer)
REFUSED = (InvalidRequest, ContentRefused)
State = Literal["closed", "open", "half_open"]
Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """Why, how long, and for how many times in a row a circuit is open."""

    until: float  # seconds since the epoch
    reason: str
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A circuit at a moment."""

    state: State = "closed"
    reason: str = ""
    seconds: float = 0.0  # until it is half open
    code: str = "circuit_open"  # of an open one: why a job waits


class SharedCircuits(Protocol):
    """What processes tell each other. May raise anything: then each goes by what it knows.

    To put or drop a circuit ends the probe of it.
    """

    def read(self) -> Mapping[str, Opened]: ...
    def put(self, name: str, opened: Opened) -> None: ...
    def drop(self, name: str) -> None: ...
    def take_probe(self, name: str, seconds: float) -> bool: ...
    def leave_probe(self, name: str) -> None: ...


@dataclass
class _Tally:
    """This process's calls of one deployment."""

    in_a_row: int = 0
    since: float = 0.0
    good: int = 0
    bad: int = 0


CLOSED = Standing()


@dataclass
class CircuitBreaker:
    """Safe to use from many threads. `clock` gives seconds since the epoch."""

    shared: SharedCircuits | None = None
    clock: Callable[[], float] = steady
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: dict[str, Opened] = field(default_factory=dict)
    _tallies: dict[str, _Tally] = field(default_factory=dict)
    _probes: dict[str, float] = field(default_factory=dict)  # until when others leave it
    _ours: set[str] = field(default_factory=set)  # of them, those that this process makes
    _read_at: float = 0.0
    _changes: int = 0  # made by this process

    def standing(self, name: str) -> Standing:
        """The deployment's circuit now; takes no probe."""
        self._refresh()
        opened = self._open.get(name)
        if opened is None:
            return CLOSED
        now = self.clock()
        if opened.until > now:
            return Standing(state="open", reason=opened.reason, seconds=opened.until - now)
        taken = PROBE - (self._probes.get(name, 0.0) - now)
        if taken < PROBE:  # nobody else may call: to others it is open
            reason = f"{opened.reason}; one call is trying it"
            return Standing(state="open", reason=reason, seconds=max(PROBING, taken))
        return Standing(state="half_open", reason=opened.reason)

    def enter(self, name: str) -> bool:
        """Whether a call may go out; when half open, for one caller only: it is the probe."""
        state = self.standing(name).state
        return state == "closed" or (state == "half_open" and self._take_probe(name))

    def succeeded(self, name: str) -> None:
        """A call was answered."""
        with self._lock:
            tally = self._tally(name)
            tally.in_a_row, tally.good = 0, tally.good + 1
            opened = self._open.get(name)
            if opened is None or opened.until > self.clock():  # an old call's answer proves little
                return
            del self._open[name]
            self._changed(name)
        self._tell(lambda shared: shared.drop(name))
        self._changes += 1

    def failed(self, name: str, error: ProviderError) -> None:
        """A call failed. A request that was refused shows that the deployment works."""
        if isinstance(error, REFUSED):
            self.succeeded(name)
            return
        seconds = _at_once(error)
        if seconds is None and not isinstance(error, COUNTED):
            self.left(name)  # canceled: it showed nothing
            return
        with self._lock:
            opened = self._judge(name, error, seconds)
            if opened is None:
                return
            self._open[name] = opened
            self._changed(name)
        self._put(name, opened)
        self._changes += 1

    def left(self, name: str) -> None:
        """A call ended and showed nothing: if it was the probe, another may try."""
        with self._lock:
            self._probes.pop(name, None)
            ours = name in self._ours
            self._ours.discard(name)
        if ours:
            self._tell(lambda shared: shared.leave_probe(name))

    def _changed(self, name: str) -> None:
        self._probes.pop(name, None)
        self._ours.discard(name)
        self._changes += 1

    def _judge(self, name: str, error: ProviderError, seconds: float | None) -> Opened | None:
        """The circuit that this failure opens, or holds open for longer."""
        now, before, tally = self.clock(), self._open.get(name), self._tally(name)
        tally.in_a_row, tally.bad = tally.in_a_row + 1, tally.bad + 1
        calls = tally.good + tally.bad
        times = before.times + 1 if before is not None and before.until <= now else 1
        if seconds is None:
            many = tally.in_a_row >= CONSECUTIVE
            if not many and times == 1 and (calls < LEAST or tally.bad < RATE * calls):
                return None
            seconds = max(
                min(LONGEST_OPEN, FIRST_OPEN * 2.0 ** (times - 1)), error.retry_after or 0.0
            )
        until = now + min(seconds, LONGEST_WAIT)
        if before is not None and before.until >= until:
            return None
        if before is not None and before.until > now and _at_once(error) is None:
            return None  # it is open already: calls from before do not hold it open
        return Opened(until=until, reason=f"{error.code}: {error.message[:200]}", times=times)

    def _tally(self, name: str) -> _Tally:
        now = self.clock()
        tally = self._tallies.setdefault(name, _Tally(since=now))
        if now - tally.since > WINDOW:
            tally.since, tally.good, tally.bad = now, tally.good // 2, tally.bad // 2
        return tally

    def _take_probe(self, name: str) -> bool:
        with self._lock:
            now = self.clock()
            if self._probes.get(name, 0.0) > now:
                return False
            self._probes[name] = now + PROBE
        won = self._tell(lambda shared: shared.take_probe(name, PROBE)) is not False
        if won:
            self._ours.add(name)
        return won

    def _refresh(self) -> None:
        now = self.clock()
        if self.shared is None or now - self._read_at < FRESH:
            return
        self._read_at, changes = now, self._changes
        found = self._tell(lambda shared: shared.read())
        with self._lock:
            if found is None or changes != self._changes:  # it may be older than ours
                return
            lost = self._lost(found, now)
            for name, opened in found.items():
                if opened != self._open.get(name):  # whoever tried it has said how it went
                    self._probes.pop(name, None)
                    self._ours.discard(name)
            self._open = {**found, **lost}
        for name, opened in lost.items():
            self._put(name, opened)

    def _lost(self, found: Mapping[str, Opened], now: float) -> dict[str, Opened]:
        """Open circuits that are not shared: nobody closes one, or shortens it, before its time.

        They were opened while the others could not be told, or the sharing forgot them.
        """
        return {
            name: opened
            for name, opened in self._open.items()
            if opened.until > now and (name not in found or found[name].until + SAME < opened.until)
        }

    def _put(self, name: str, opened: Opened) -> None:
        self._tell(lambda shared: shared.put(name, opened))

    def _tell(self, ask: Callable[[SharedCircuits], Answer]) -> Answer | None:
        """Ask the sharing; None when there is none, or it fails."""
        if self.shared is None:
            return None
        try:
            return ask(self.shared)
        except Exception:  # the caller's own calls matter more
            return None


def _at_once(error: ProviderError) -> float | None:
    """Seconds that this failure opens a circuit for by itself; None: it is only counted."""
    if isinstance(error, RateLimited):
        return error.retry_after
    if isinstance(error, QuotaExhausted):
        return error.retry_after or QUOTA_SPENT
    if isinstance(error, AuthenticationFailed):
        return KEY_REFUSED
    return None
