"""Just enough HTTP/1.1 for a test upstream: keep-alive, Content-Length and chunked bodies."""

import asyncio
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from providers.simulator.drip import Drip

MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024
PHRASES = {status.value: status.phrase for status in HTTPStatus}


class BadRequest(ValueError):
    """The bytes are no HTTP/1.1 request that this server takes."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # without the query
    body: bytes
    api_key: str = ""


@dataclass(frozen=True)
class Head:
    """A request's first part."""

    method: str
    path: str
    length: int | None  # None: the body is chunked
    expects: bool  # the caller waits for a 100
    api_key: str = ""


class Exchange:
    """One request, to be answered once."""

    def __init__(self, protocol: "Protocol", request: Request) -> None:
        self.request = request
        self._protocol = protocol

    def reply(self, status: int, value: Any, headers: dict[str, str], *, cut: bool = False) -> None:
        """Send JSON; `cut` promises more than it sends and hangs up."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        length = len(body) + (1000 if cut else 0)
        head = {"content-type": "application/json", "content-length": str(length), **headers}
        sent = body[: len(body) // 2] if cut else body
        self._protocol.finish(_head(status, head) + sent, cut)

    def stream(
        self,
        events: Iterable[bytes],
        headers: dict[str, str],
        *,
        cut: bool = False,
        seconds: float = 0.0,
        done: Callable[[bool], None],
    ) -> None:
        """Send server-sent events, so many seconds apart; `cut` hangs up without an end.

        `done` learns whether the caller stayed for them all.
        """
        kind = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}
        parts = [b"%x\r\n%b\r\n" % (len(event), event) for event in events] or [b""]
        parts[0] = _head(200, {**kind, **headers}) + parts[0]
        parts[-1] += b"" if cut else b"0\r\n\r\n"
        if not seconds:
            parts = [b"".join(parts)]
        Drip(self._protocol, parts, seconds, close=cut, done=done)

    def when_gone(self, callback: Callable[[], None]) -> None:
        """Call back if the caller hangs up before the answer."""
        self._protocol.on_gone = callback


class Protocol(asyncio.Protocol):
    """One connection; its requests are answered one after another."""

    def __init__(self, handle: Callable[[Exchange], None]) -> None:
        self._handle = handle
        self._buffer = bytearray()
        self._awaited: Head | None = None  # its body is not here yet
        self._busy = self._turning = self._closed = False
        self._transport: asyncio.Transport | None = None
        self.on_gone: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed = True
        gone, self.on_gone = self.on_gone, None
        if gone is not None:
            gone()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._busy:
            self._turn()

    def write(self, data: bytes) -> None:
        """Write a part of the answer to the request at hand."""
        if not self._closed and self._transport is not None:
            self._transport.write(data)

    def finish(self, data: bytes, close: bool) -> None:
        """Write the last part of the answer and take the next request."""
        self.on_gone = None
        if self._closed or self._transport is None:
            return
        self._transport.write(data)
        self._busy = False
        if close:
            self._closed = True
            self._transport.close()
        elif self._buffer and not self._turning:
            self._turn()

    def _turn(self) -> None:
        self._turning = True
        try:
            while not self._busy and not self._closed and (request := self._take()):
                self._busy = True
                self._handle(Exchange(self, request))
        except ValueError as error:
            body = json.dumps({"error": f"simulator: {error}"}).encode()
            head = _head(400, {"content-length": str(len(body)), "connection": "close"})
            self.finish(head + body, close=True)
        finally:
            self._turning = False

    def _take(self) -> Request | None:
        head = self._awaited or self._take_head()
        if head is None:
            return None
        body = self._take_chunks() if head.length is None else self._take_bytes(head.length)
        if body is None:
            if head.expects and self._awaited is None and self._transport:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._awaited = head
            return None
        self._awaited = None
        return Request(head.method, head.path, body, head.api_key)

    def _take_head(self) -> Head | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 and len(self._buffer) <= MAX_HEAD:
            return None
        if end < 0 or end > MAX_HEAD:
            raise BadRequest("the headers are too long")
        head = read_head(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        return head

    def _take_bytes(self, length: int) -> bytes | None:
        if len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body

    def _take_chunks(self) -> bytes | None:
        body, start = b"", 0
        while (end := self._buffer.find(b"\r\n", start)) >= 0:
            length = int(self._buffer[start:end].split(b";")[0], 16)
            start = end + 2 + length + 2
            if len(body) + length > MAX_BODY:
                raise BadRequest("the body is too long")
            if len(self._buffer) < start:
                return None
            body += self._buffer[end + 2 : end + 2 + length]
            if length == 0:
                del self._buffer[:start]
                return body
        return None


def read_head(data: bytes) -> Head:
    """Parse a request's line and headers. Raises BadRequest."""
    first, *rest = data.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest("this is no HTTP/1.1 request")
    headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in rest)}
    length: int | None = None
    if headers.get("transfer-encoding", "").lower() != "chunked":
        told = headers.get("content-length", "0")
        if not told.isdigit() or int(told) > MAX_BODY:
            raise BadRequest("the Content-Length is wrong or too large")
        length = int(told)
    expects = headers.get("expect", "").lower() == "100-continue"
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    api_key = headers.get("x-api-key") or headers.get("x-goog-api-key") or bearer
    return Head(parts[0], parts[1].partition("?")[0], length, expects, api_key)


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {PHRASES.get(status, 'Simulated')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()
