"""Streamed provider calls from threads: the loop fills a small buffer, the thread empties it."""

import asyncio
import contextlib
import os
import time
from collections.abc import Generator
from contextlib import aclosing
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from providers.base import LLMProvider
from providers.errors import CallCanceled, ProviderTimeout, ProviderUnavailable
from providers.types import CompletionRequest, Delta, Finished

if TYPE_CHECKING:
    from providers.calls import CancelToken

ROOM = 64  # pieces that the vendor may be ahead of the reader
GRACE = 5.0  # seconds that a thread waits past the deadline for the loop to say so


def read(
    flight: "StreamFlight", timeout: float, cancel: "CancelToken | None"
) -> Generator[Delta, None, None]:
    """The pieces, as `Caller.stream` gives them. Closing it early hangs up at the vendor."""
    undo = cancel.on_cancel(flight.abort) if cancel is not None else None
    last = time.monotonic() + timeout + GRACE
    try:
        while True:
            delta = flight.next(max(0.0, last - time.monotonic()), cancel)
            yield delta
            if isinstance(delta, Finished):
                return
    finally:
        if undo is not None:
            undo()
        flight.abort()


class StreamFlight:
    """One stream on the loop, and the buffer that its thread reads."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        provider: LLMProvider,
        request: CompletionRequest,
        timeout: float,
    ) -> None:
        """Raises ProviderUnavailable when the loop has ended."""
        self._loop, self._provider, self._request = loop, provider, request
        self._timeout, self._pid = timeout, os.getpid()
        self._buffer: SimpleQueue[Delta | BaseException] = SimpleQueue()
        self._room = asyncio.Semaphore(ROOM)
        self._taken = 0
        self._whole = False  # the answer is in the buffer, and paid for
        self._task: asyncio.Task[None] | None = None
        try:
            loop.call_soon_threadsafe(self._start)  # in this thread's context, for the logs
        except RuntimeError:
            raise self._closed() from None

    def next(self, seconds: float, cancel: "CancelToken | None") -> Delta:
        """Wait for the next piece. Raises ProviderError."""
        if cancel is not None and cancel.canceled and not self._whole:
            raise self._canceled()
        if self._pid != os.getpid():  # a fork has no part in its parent's streams
            raise self._closed()
        try:
            got = self._buffer.get(timeout=seconds)
        except Empty:
            raise self._late() from None
        self._make_room()
        if isinstance(got, asyncio.CancelledError):
            raise self._canceled() if cancel is not None and cancel.canceled else self._closed()
        if isinstance(got, BaseException):
            raise got
        return got

    def abort(self) -> None:
        """From any thread; idempotent. The connection is closed soon after."""
        if self._whole:
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._cancel)

    def _make_room(self) -> None:
        self._taken += 1
        if self._taken >= ROOM // 2:  # the loop is woken seldom
            taken, self._taken = self._taken, 0
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._free, taken)

    def _free(self, places: int) -> None:
        for _ in range(places):
            self._room.release()

    def _start(self) -> None:
        self._task = self._loop.create_task(self._pump())
        self._task.add_done_callback(self._land)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _pump(self) -> None:
        last = self._loop.time() + self._timeout
        stream = self._provider.stream(self._request, self._timeout)
        async with aclosing(stream) as deltas:  # type: ignore[type-var]
            async for delta in deltas:
                if isinstance(delta, Finished):
                    self._whole = True
                    self._buffer.put(delta)
                    return
                try:
                    async with asyncio.timeout_at(last):
                        await self._room.acquire()
                except TimeoutError:
                    raise self._late() from None
                self._buffer.put(delta)

    def _land(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            self._buffer.put(asyncio.CancelledError())
        elif (error := task.exception()) is not None:
            self._buffer.put(error)

    def _late(self) -> ProviderTimeout:
        message = f"no whole answer within {self._timeout:g} s"
        return ProviderTimeout(message, provider=self._provider.name, model=self._request.model)

    def _closed(self) -> ProviderUnavailable:
        return ProviderUnavailable("the caller was closed", provider=self._provider.name)

    def _canceled(self) -> CallCanceled:
        return CallCanceled("canceled", provider=self._provider.name, model=self._request.model)
