"""Wakes those who wait for a job when a hint says that it changed."""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from app.infra.notify import JOBS, listen


class Change:
    """One waiter's flag: `wait` returns at the next hint, and clears it."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def wait(self, seconds: float) -> bool:
        heard = self._event.wait(seconds)
        self._event.clear()
        return heard

    def set(self) -> None:
        self._event.set()


class JobWatch:
    """One listening connection a process, started by the first waiter."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiters: dict[str, set[Change]] = defaultdict(set)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def of(self, job_id: str) -> Iterator[Change]:
        """A flag that is raised when the job may have changed."""
        change = Change()
        with self._lock:
            self._waiters[job_id].add(change)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=listen,
                    args=(self._url, JOBS, self._hear, self._stopped),
                    name="job-watch",
                    daemon=True,
                )
                self._thread.start()
        try:
            yield change
        finally:
            with self._lock:
                self._waiters[job_id].discard(change)
                if not self._waiters[job_id]:
                    del self._waiters[job_id]

    def _hear(self, job_id: str) -> None:
        with self._lock:
            if job_id:
                changes = list(self._waiters.get(job_id, ()))
            else:  # reconnected: anything may have happened
                changes = [c for waiters in self._waiters.values() for c in waiters]
        for change in changes:
            change.set()

    def close(self) -> None:
        self._stopped.set()
