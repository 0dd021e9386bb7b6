"""boto3's `converse` for an event loop.

boto3 is synchronous: in a thread it writes and signs a request, and reads an error. Its own
HTTP can not be stopped from outside, so the bytes travel by the client that the other vendors
have, as a coroutine on the loop: a deadline or a cancellation hangs up at once, and the thread
is free again.
"""

import asyncio
import concurrent.futures
import json
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from providers.errors import AuthenticationFailed, IncompleteAnswer

if TYPE_CHECKING:
    import httpx2

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What came back, with the body's JSON; {} when an error came without an object."""

    status: int
    headers: Mapping[str, str]
    body: Json


class BedrockClient:
    """One per provider and loop. `make` builds boto3's client, in a thread."""

    def __init__(self, boto: Any, http: "httpx2.AsyncClient", threads: int) -> None:
        self._boto = boto
        self._http = http
        self._threads = concurrent.futures.ThreadPoolExecutor(threads, "bedrock")
        self._here = threading.local()  # .call: what this thread is at
        boto.meta.events.register("before-send.bedrock-runtime", self._carry)

    async def converse(self, arguments: Json, timeout: float) -> Reply:
        """The answer as it came. Raises botocore's errors, httpx2's and ours."""
        loop = asyncio.get_running_loop()
        call = _Call(loop, timeout)
        try:
            return await loop.run_in_executor(self._threads, self._converse, call, arguments)
        finally:
            call.stop()

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self._http.aclose()

    def _converse(self, call: "_Call", arguments: Json) -> Reply:
        from botocore import exceptions

        without = (
            exceptions.NoCredentialsError,
            exceptions.PartialCredentialsError,
            exceptions.CredentialRetrievalError,
            exceptions.TokenRetrievalError,
            exceptions.SSOError,
        )
        self._here.call = call
        try:
            self._boto.converse(**arguments)
        except without as error:
            message = f"AWS credentials could not be had ({type(error).__name__})"
        else:
            return call.reply
        raise AuthenticationFailed(message)

    def _carry(self, request: Any, **_: Any) -> Any:
        """Sends botocore's request; what it is given back it takes for the vendor's answer."""
        from botocore.awsrequest import AWSResponse

        call: _Call = self._here.call
        call.reply = reply = call.run(lambda: self._send(request, call.timeout))
        # It reads errors only: one strange count would cost the whole answer.
        body = b"{}" if reply.status < 300 else json.dumps(reply.body).encode()
        return AWSResponse(request.url, reply.status, reply.headers, _Body(body))

    async def _send(self, request: Any, timeout: float) -> Reply:
        answer = await self._http.request(
            request.method,
            request.url,
            headers={name: _text(value) for name, value in request.headers.items()},
            content=request.body,
            timeout=timeout,
        )
        body = _object(answer.status_code, answer.content)
        return Reply(answer.status_code, answer.headers, body)


class _Call:
    """A call that waits in a thread and travels on the loop."""

    reply: Reply

    def __init__(self, loop: asyncio.AbstractEventLoop, timeout: float) -> None:
        self.timeout = timeout
        self._loop = loop
        self._lock = threading.Lock()
        self._stopped = False
        self._travel: concurrent.futures.Future[Reply] | None = None

    def run(self, work: Callable[[], Coroutine[Any, Any, Reply]]) -> Reply:
        """In the thread: wait for the coroutine. Raises CancelledError once stopped."""
        with self._lock:
            if self._stopped:
                raise concurrent.futures.CancelledError
            self._travel = asyncio.run_coroutine_threadsafe(work(), self._loop)
        return self._travel.result()

    def stop(self) -> None:
        """On the loop: nobody waits for the answer any more."""
        with self._lock:
            self._stopped = True
        if self._travel is not None:
            self._travel.cancel()


class _Body:
    """A body that botocore reads as a stream."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _object(status: int, body: bytes) -> Json:
    """The body's JSON object. Raises IncompleteAnswer when a 2xx has none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    if status < 300:
        raise IncompleteAnswer("the answer could not be read", status=status)
    return {}
