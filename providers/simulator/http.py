"""Just enough HTTP/1.1 for a test upstream: keep-alive, Content-Length and chunked bodies."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

MAX_BODY = 64 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes


class Exchange:
    """One request, to be answered once."""

    def __init__(self, protocol: "Protocol", request: Request) -> None:
        self.request = request
        self._protocol = protocol

    @property
    def open(self) -> bool:
        return not self._protocol.closed

    def reply(self, status: int, value: Any, headers: dict[str, str], *, cut: bool = False) -> None:
        """Send JSON; `cut` promises more than it sends and hangs up."""
        body = json.dumps(value, ensure_ascii=False).encode()
        self._protocol.send(status, body, headers, cut=cut)


class Protocol(asyncio.Protocol):
    def __init__(self, handle: Callable[[Exchange], None]) -> None:
        self._handle = handle
        self._buffer = b""
        self._busy = False
        self.closed = False
        self._transport: asyncio.Transport | None = None
        self.on_close: list[Callable[[], None]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        for callback in self.on_close:
            callback()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._busy:
            self._next()

    def _next(self) -> None:
        request = self._take()
        if request is not None:
            self._busy = True
            self._handle(Exchange(self, request))

    def _take(self) -> Request | None:
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        if not mark:
            return None
        lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        if "100-continue" in headers.get("expect", "") and self._transport and not rest:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            taken = _chunked(rest)
            if taken is None:
                return None
            body, self._buffer = taken
        else:
            length = min(int(headers.get("content-length") or 0), MAX_BODY)
            if len(rest) < length:
                return None
            body, self._buffer = rest[:length], rest[length:]
        method, _, target = lines[0].partition(" ")
        return Request(method, target.partition(" ")[0].partition("?")[0], body)

    def send(self, status: int, body: bytes, headers: dict[str, str], *, cut: bool) -> None:
        if self.closed or self._transport is None:
            return
        phrase = (
            HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Simulated"
        )
        length = len(body) + (1000 if cut else 0)
        lines = [f"HTTP/1.1 {status} {phrase}", "content-type: application/json"]
        lines += [f"content-length: {length}", *(f"{k}: {v}" for k, v in headers.items())]
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        self._transport.write(head + (body[: len(body) // 2] if cut else body))
        self._busy = False
        self.on_close.clear()
        if cut:
            self._transport.close()
        elif self._buffer:
            self._next()


def _chunked(data: bytes) -> tuple[bytes, bytes] | None:
    body = b""
    while True:
        size, mark, data = data.partition(b"\r\n")
        if not mark:
            return None
        length = int(size.split(b";")[0], 16)
        if len(data) < length + 2:
            return None
        body, data = body + data[:length], data[length + 2 :]
        if length == 0:
            return body, data
