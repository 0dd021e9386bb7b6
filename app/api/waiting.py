"""Answers that take their time: each holds a thread, and submissions need some too."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app

from app.errors import Unavailable
from app.infra.settings_sections import ApiSettings


class Waiting:
    """The places for streams and waits of one process, and whether it is stopping."""

    def __init__(self, settings: ApiSettings) -> None:
        self._free = threading.BoundedSemaphore(
            max(1, min(settings.max_streams, settings.threads // 2))
        )
        self.stopping = threading.Event()

    def take(self) -> None:
        """Raises Unavailable when every place is taken."""
        if not self._free.acquire(blocking=False):
            raise Unavailable("too many event streams are open; poll, or try again")

    def give_back(self) -> None:
        self._free.release()

    @contextmanager
    def place(self) -> Iterator[bool]:
        """A place for the time of the block, or False."""
        got = self._free.acquire(blocking=False)
        try:
            yield got
        finally:
            if got:
                self._free.release()


def waiting() -> Waiting:
    """The places of this application. For views only."""
    found: Waiting = current_app.extensions["penstock_waiting"]
    return found
