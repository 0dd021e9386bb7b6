"""Units a minute by GCRA: no minute holds more than the limit, and what is spent comes evenly.

GCRA (ITU-T I.371, "virtual scheduling"; a token bucket in one number) keeps of a bucket only the
time at which it will be full. A bucket of `limit` a minute lets `burst` through at once and then
one an interval, with the interval chosen so that the burst is part of the limit and not on top of
it: in any WINDOW there are at most burst + ceil(WINDOW / interval) - 1 = limit.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

WINDOW = 61.0  # seconds: a minute, and what a call may be late by on its way to the vendor
BURST = 30  # that part of a minute's limit may go out at once
SLACK = 0.001  # seconds that are not worth waiting for; WINDOW has them to spare
DEEPEST = 120.0  # seconds until an empty bucket is full, at most; a clock set back costs no more
MOST_KEPT = 10_000
Unit = Literal["requests", "tokens"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """A limit to count against."""

    name: str  # whose: provider, provider/model, provider#key or provider/model#key
    unit: Unit
    limit: int  # a minute, at least 1

    @property
    def burst(self) -> int:
        return max(1, self.limit // BURST)

    @property
    def interval(self) -> float:
        """Seconds for one unit."""
        return WINDOW / (self.limit - self.burst + 1)

    def level(self, full_at: float, now: float) -> float:
        """Units left; below 0 after a request that was larger than what was left."""
        return self.burst - max(0.0, full_at - now) / self.interval

    def wait(self, level: float, units: int) -> float:
        """Seconds until there is room for `units`.

        What is larger than the burst waits for a full bucket, and what comes after it pays.
        """
        seconds = (min(units, self.burst) - level) * self.interval
        return seconds if seconds > SLACK else 0.0

    def spent(self, full_at: float, now: float, units: int) -> float:
        """When the bucket is full after `units` more, or fewer than were thought."""
        return min(max(full_at, now) + units * self.interval, now + DEEPEST)


Wanted = Sequence[tuple[Bucket, int]]  # so many units of each


class Buckets(Protocol):
    """Counts. Those that processes share may raise anything: then each goes by its own."""

    def take(self, wanted: Wanted) -> float:
        """0.0: taken from every bucket; else from none, and the seconds until there is room."""
        ...

    def spend(self, wanted: Wanted) -> None:
        """Without asking; negative units are given back."""
        ...

    def levels(self, buckets: Sequence[Bucket]) -> list[float]:
        """Units left in each."""
        ...


@dataclass
class LocalBuckets:
    """This process's own. Safe to use from many threads; `clock` gives seconds."""

    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _full_at: dict[tuple[str, Unit], float] = field(default_factory=dict)

    def take(self, wanted: Wanted) -> float:
        with self._lock:
            now = self.clock()
            levels = self._levels([bucket for bucket, _ in wanted], now)
            seconds = max(
                (b.wait(level, n) for (b, n), level in zip(wanted, levels, strict=True)),
                default=0.0,
            )
            if not seconds:
                self._spend(wanted, now)
            return seconds

    def spend(self, wanted: Wanted) -> None:
        with self._lock:
            self._spend(wanted, self.clock())

    def levels(self, buckets: Sequence[Bucket]) -> list[float]:
        with self._lock:
            return self._levels(buckets, self.clock())

    def _levels(self, buckets: Sequence[Bucket], now: float) -> list[float]:
        return [bucket.level(self._read(bucket, now), now) for bucket in buckets]

    def _spend(self, wanted: Wanted, now: float) -> None:
        if len(self._full_at) >= MOST_KEPT:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        for bucket, units in wanted:
            spent = bucket.spent(self._read(bucket, now), now, units)
            self._full_at[bucket.name, bucket.unit] = spent

    def _read(self, bucket: Bucket, now: float) -> float:
        """When the bucket is full; what a clock that was set back left too far ahead is cut."""
        key = bucket.name, bucket.unit
        if self._full_at.get(key, now) > now + DEEPEST:
            self._full_at[key] = now + DEEPEST
        return self._full_at.get(key, now)
