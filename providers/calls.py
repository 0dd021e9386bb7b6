"""Provider calls from threads: one event loop a process runs them all."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import CancelledError, Future
from typing import Any, Generic, TypeVar

from providers.base import LLMProvider
from providers.call_streams import StreamFlight, read
from providers.errors import CallCanceled, ProviderTimeout, ProviderUnavailable
from providers.types import Completion, CompletionRequest, Delta

Result = TypeVar("Result")
GRACE = 5.0  # seconds that a thread waits past the deadline for the loop to say so
CLOSE_SECONDS = 5.0


class CancelToken:
    """Says from any thread that a piece of work must stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._canceled = False
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._next = 0

    @property
    def canceled(self) -> bool:
        return self._canceled

    def cancel(self) -> None:
        """Idempotent; runs each callback once, in this thread."""
        with self._lock:
            self._canceled = True
            callbacks, self._callbacks = list(self._callbacks.values()), {}
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back at `cancel`, at once if that has been; gives the function that undoes this."""
        with self._lock:
            canceled = self._canceled
            number, self._next = self._next, self._next + 1
            if not canceled:
                self._callbacks[number] = callback
        if canceled:
            callback()
        return lambda: self._forget(number)

    def _forget(self, number: int) -> None:
        with self._lock:
            self._callbacks.pop(number, None)


class Caller:
    """Runs provider calls on a daemon thread's event loop, made at the first call.

    A fork makes its own: the parent's loop thread does not exist in a child.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def call(
        self,
        provider: LLMProvider,
        request: CompletionRequest,
        *,
        timeout: float,
        cancel: CancelToken | None = None,
    ) -> Completion:
        """Ask once and wait, as `run` does."""
        work = provider.complete(request, timeout)
        return self.run(provider, work, timeout=timeout, cancel=cancel, model=request.model)

    def run(
        self,
        provider: LLMProvider,
        work: Coroutine[Any, Any, Result],
        *,
        timeout: float,
        cancel: CancelToken | None = None,
        model: str = "",
    ) -> Result:
        """Do one of the provider's calls and wait, at most `timeout` wall-clock seconds.

        Raises ProviderError: CallCanceled when `cancel` was set before the answer came. An
        answer that came first wins, because it was paid for.
        """
        if cancel is not None and cancel.canceled:
            work.close()
            raise CallCanceled("canceled before the call", provider=provider.name)
        flight = _Flight(self._running(), work)
        undo = cancel.on_cancel(flight.abort) if cancel is not None else _nothing
        try:
            return flight.future.result(timeout + GRACE)
        except TimeoutError:
            flight.abort()
            message = f"no answer within {timeout:g} s"
        except CancelledError:
            message = ""
        finally:
            undo()
        if message:
            raise ProviderTimeout(message, provider=provider.name, model=model)
        if cancel is not None and cancel.canceled:
            raise CallCanceled("canceled", provider=provider.name, model=model)
        raise ProviderUnavailable("the caller was closed", provider=provider.name)

    def stream(
        self,
        provider: LLMProvider,
        request: CompletionRequest,
        *,
        timeout: float,
        cancel: CancelToken | None = None,
    ) -> Generator[Delta, None, None]:
        """Ask once, piece by piece; the call starts at the first `next`.

        The last piece is Finished, or ProviderError is raised, as by `call`. At most `timeout`
        wall-clock seconds, the reader's own time included: a vendor that is ahead of a slow
        reader has to wait. Closing the iterator early hangs up at the vendor.
        """
        if cancel is not None and cancel.canceled:
            raise CallCanceled("canceled before the call", provider=provider.name)
        flight = StreamFlight(self._running(), provider, request, timeout)
        yield from read(flight, timeout, cancel)

    def close(self, *providers: LLMProvider) -> None:
        """End the calls in flight, close the providers, stop the loop. A later call restarts."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is None or self._pid != os.getpid():
            return
        ending = asyncio.run_coroutine_threadsafe(_wind_up(providers), loop)
        with contextlib.suppress(Exception):
            ending.result(CLOSE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        loop = self._loop
        if loop is not None and self._pid == os.getpid():
            return loop
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                self._loop, self._pid = asyncio.new_event_loop(), os.getpid()
                thread = threading.Thread(
                    target=_run, args=(self._loop,), name="provider-calls", daemon=True
                )
                thread.start()
            return self._loop


class _Flight(Generic[Result]):
    """One coroutine on the loop, and the future that its thread waits on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Result]) -> None:
        self.future: Future[Result] = Future()
        self._loop = loop
        self._work = work
        self._task: asyncio.Task[Result] | None = None
        try:
            loop.call_soon_threadsafe(self._start)  # in this thread's context, for the logs
        except RuntimeError:
            work.close()
            raise ProviderUnavailable("the caller was closed") from None

    def abort(self) -> None:
        """From any thread; no more than a wish, for the answer may be there already."""
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._cancel)

    def _start(self) -> None:
        self._task = self._loop.create_task(self._work)
        self._task.add_done_callback(self._land)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _land(self, task: asyncio.Task[Result]) -> None:
        if task.cancelled():
            self.future.cancel()
            self.future.set_running_or_notify_cancel()
        elif (error := task.exception()) is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(task.result())


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _wind_up(providers: tuple[LLMProvider, ...]) -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    for provider in providers:
        await provider.aclose()


def _nothing() -> None:
    return None
