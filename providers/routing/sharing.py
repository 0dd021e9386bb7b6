"""Counts that processes share, and this process's own while the sharing fails."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from providers.routing.buckets import Bucket, Buckets, LocalBuckets, Wanted

Answer = TypeVar("Answer")


def _spent(buckets: Buckets, wanted: Wanted) -> bool:
    buckets.spend(wanted)
    return True


class SharedOrOwn:
    """What the shared counts let through is counted here too, so that a failure lends nobody a full
    bucket; what only this process counted is told to the others once they can be reached.
    """

    def __init__(self, shared: Buckets, own: LocalBuckets) -> None:
        self._shared = shared
        self._own = own
        self._lock = threading.Lock()
        self._untold: dict[Bucket, int] = {}

    def take(self, wanted: Wanted) -> float:
        seconds = self._ask(lambda buckets: buckets.take(wanted))
        if seconds is None:
            seconds = self._own.take(wanted)
            if not seconds:
                self._keep(wanted)
        elif not seconds:
            self._own.spend(wanted)
        return seconds

    def spend(self, wanted: Wanted) -> None:
        if self._ask(lambda buckets: _spent(buckets, wanted)) is None:
            self._keep(wanted)
        self._own.spend(wanted)

    def levels(self, buckets: Sequence[Bucket]) -> list[float]:
        found = self._ask(lambda shared: shared.levels(buckets))
        return self._own.levels(buckets) if found is None else found

    def _ask(self, ask: Callable[[Buckets], Answer]) -> Answer | None:
        """None when the others cannot be reached: the call matters more."""
        try:
            if self._untold:
                self._tell()
            return ask(self._shared)
        except Exception:
            return None

    def _keep(self, wanted: Wanted) -> None:
        with self._lock:
            for bucket, units in wanted:
                self._untold[bucket] = self._untold.get(bucket, 0) + units

    def _tell(self) -> None:
        """No more than what has not run out of our own buckets since. Raises what `spend` does."""
        with self._lock:
            untold, self._untold = self._untold, {}
        levels = self._own.levels(list(untold))
        owed = [
            (bucket, min(units, round(bucket.burst - level)))
            for (bucket, units), level in zip(untold.items(), levels, strict=True)
        ]
        try:
            self._shared.spend([(bucket, units) for bucket, units in owed if units > 0])
        except Exception:
            self._keep(list(untold.items()))
            raise
