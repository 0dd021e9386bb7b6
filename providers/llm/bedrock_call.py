"""One call of boto3's, between the thread that makes it and the loop that it travels on."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What came back, with the body's JSON; {} when an error came without an object."""

    status: int
    headers: Mapping[str, str]
    body: Json


class Call:
    """A call that waits in a thread and travels on the loop."""

    reply: Reply

    def __init__(
        self, loop: asyncio.AbstractEventLoop, timeout: float, *, streams: bool = False
    ) -> None:
        self.loop, self.timeout, self.streams = loop, timeout, streams
        self.opened: httpx2.Response | None = None  # of a stream, until its caller closes it
        self._lock = threading.Lock()
        self._stopped = False
        self._travel: concurrent.futures.Future[Reply] | None = None

    def run(self, work: Callable[[], Coroutine[Any, Any, Reply]]) -> Reply:
        """In the thread: wait for the coroutine. Raises CancelledError once stopped."""
        with self._lock:
            if self._stopped:
                raise concurrent.futures.CancelledError
            self._travel = asyncio.run_coroutine_threadsafe(work(), self.loop)
        return self._travel.result()

    async def open(self, answer: "httpx2.Response") -> None:
        """On the loop: hand a stream to the caller, or close it when there is none any more."""
        if self._stopped:
            await answer.aclose()
            raise asyncio.CancelledError
        self.opened = answer

    def stop(self) -> None:
        """On the loop: nobody waits for the answer any more."""
        with self._lock:
            self._stopped = True
        if self._travel is not None:
            self._travel.cancel()
