"""A stream whose parts go out one by one, with time in between."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.simulator.http import Protocol


class Drip:
    """Sends at once the first part; calls `done` with whether the caller stayed to the end."""

    def __init__(
        self,
        protocol: "Protocol",
        parts: Sequence[bytes],
        seconds: float,
        *,
        close: bool,
        done: Callable[[bool], None],
    ) -> None:
        self._protocol, self._parts = protocol, list(parts)
        self._seconds, self._close, self._done = seconds, close, done
        self._timer: asyncio.TimerHandle | None = None
        protocol.on_gone = self._gone
        self._next()

    def _next(self) -> None:
        part = self._parts.pop(0)
        if self._parts:
            self._protocol.write(part)
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._seconds, self._next)
        else:
            self._protocol.finish(part, self._close)
            self._done(True)

    def _gone(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._done(False)
