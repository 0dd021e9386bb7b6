"""boto3's `converse` and `converse_stream` for an event loop.

boto3 is synchronous: in a thread it writes and signs a request, and reads an error. Its own
HTTP can not be stopped from outside, so the bytes travel by the client that the other vendors
have, as a coroutine on the loop: a deadline or a cancellation hangs up at once, and the thread
is free again.
"""

import asyncio
import concurrent.futures
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any

from providers.errors import AuthenticationFailed, IncompleteAnswer
from providers.llm.bedrock_call import Call, Json, Reply
from providers.llm.bedrock_frames import Event, events

if TYPE_CHECKING:
    import httpx2

Streamed = tuple[Mapping[str, str], AsyncIterator[Event]]


class BedrockClient:
    """One per provider and loop. `models` makes the client of the service that lists them."""

    def __init__(
        self, boto: Any, http: "httpx2.AsyncClient", threads: int, models: Callable[[], Any]
    ) -> None:
        self._boto = boto
        self._http = http
        self._threads = concurrent.futures.ThreadPoolExecutor(threads, "bedrock")
        self._here = threading.local()  # .call: what this thread is at
        self._models, self._lock = models, threading.Lock()
        self._made: Any = None  # by `models`
        boto.meta.events.register("before-send.bedrock-runtime", self._carry)

    async def call(self, operation: str, arguments: Json, timeout: float) -> Reply:
        """The answer as it came. Raises botocore's errors, httpx2's and ours."""
        call = Call(asyncio.get_running_loop(), timeout)
        try:
            return await self._in_thread(call, operation, arguments)
        finally:
            call.stop()

    @asynccontextmanager
    async def stream(self, arguments: Json, timeout: float) -> AsyncIterator[Streamed]:
        """The answer's headers, and its events as they come. Raises what `call` does."""
        call = Call(asyncio.get_running_loop(), timeout, streams=True)
        try:
            reply = await self._in_thread(call, "converse_stream", arguments)
            assert call.opened is not None
            request_id = reply.headers.get("x-amzn-requestid")
            async with aclosing(events(call.opened.aiter_bytes(), request_id)) as opened:
                yield reply.headers, opened
        finally:
            call.stop()
            if call.opened is not None:
                await call.opened.aclose()

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self._http.aclose()

    async def _in_thread(self, call: Call, operation: str, arguments: Json) -> Reply:
        return await call.loop.run_in_executor(
            self._threads, self._make, call, operation, arguments
        )

    def _make(self, call: Call, operation: str, arguments: Json) -> Reply:
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
            getattr(self._client_of(operation), operation)(**arguments)
        except without as error:
            message = f"AWS credentials could not be had ({type(error).__name__})"
        else:
            return call.reply
        raise AuthenticationFailed(message)

    def _client_of(self, operation: str) -> Any:
        """The client that knows the operation; the second one is made when it is needed."""
        if hasattr(self._boto, operation):
            return self._boto
        with self._lock:
            if self._made is None:
                self._made = self._models()
                self._made.meta.events.register("before-send.bedrock", self._carry)
            return self._made

    def _carry(self, request: Any, **_: Any) -> Any:
        """Sends botocore's request; what it is given back it takes for the vendor's answer."""
        from botocore.awsrequest import AWSResponse

        call: Call = self._here.call
        call.reply = reply = call.run(lambda: self._send(request, call))
        # It reads errors only: one strange count would cost the whole answer.
        body = b"{}" if reply.status < 300 else json.dumps(reply.body).encode()
        return AWSResponse(request.url, reply.status, reply.headers, _Body(body))

    async def _send(self, request: Any, call: Call) -> Reply:
        sent = self._http.build_request(
            request.method,
            request.url,
            headers={name: _text(value) for name, value in request.headers.items()},
            content=request.body,
            timeout=call.timeout,
        )
        answer = await self._http.send(sent, stream=call.streams)
        if call.streams and answer.status_code < 300:
            await call.open(answer)
            return Reply(answer.status_code, answer.headers, {})
        content = await answer.aread()  # which closes it, cut short or not
        return Reply(answer.status_code, answer.headers, _object(answer.status_code, content))


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
