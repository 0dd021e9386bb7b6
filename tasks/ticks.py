"""Beat's ticks that heaped up while no worker was there are all one."""

import time
from collections.abc import Callable
from threading import Lock


class Ticks:
    """When this process last began what a tick asks for, by a clock that nobody sets."""

    def __init__(self, apart: float) -> None:
        """`apart`: the least seconds between two beginnings."""
        self._apart = apart
        self._lock = Lock()
        self._at = float("-inf")

    def take(self, work: Callable[[], object]) -> None:
        """Do the work if it is time again. What raised does not count as done."""
        with self._lock:
            moment = time.monotonic()
            if moment - self._at < self._apart:
                return
            self._at = moment
        try:
            work()
        except BaseException:
            with self._lock:
                self._at = float("-inf")
            raise
