"""An HTTP/1.1 server that answers with exactly the bytes that a test wants on the wire."""

import json
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Reply:
    """What goes back. `cut` ends the connection after so many bytes of the body."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut: int | None = None
    before: float = 0.0  # seconds of silence
    drip: float = 0.0  # seconds between single bytes of the body

    def payload(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def head(self) -> bytes:
        fields = {"content-type": self.content_type, "content-length": len(self.payload())}
        lines = [f"{name}: {value}" for name, value in {**fields, **self.headers}.items()]
        return "\r\n".join([f"HTTP/1.1 {self.status} X", *lines, "", ""]).encode()


@dataclass
class StreamReply(Reply):
    """A body that comes in parts, chunked, or ended by hanging up when `until_close`."""

    parts: Sequence[bytes] = ()
    until_close: bool = False
    between: float = 0.0  # seconds before each part
    hold: float = 0.0  # seconds of silence after the parts; then it hangs up
    cut: int | None = None  # hang up after so many parts
    torn: bool = False  # and half of the next

    def head(self) -> bytes:
        kind = "connection: close" if self.until_close else "transfer-encoding: chunked"
        lines = [f"{name}: {value}" for name, value in self.headers.items()]
        lines = [f"HTTP/1.1 {self.status} X", "content-type: text/event-stream", kind, *lines]
        return "\r\n".join([*lines, "", ""]).encode()

    def sent(self) -> list[bytes]:
        """The parts as they go out, with their lengths."""
        framed = list(self.parts)
        if not self.until_close:
            framed = [b"%x\r\n%b\r\n" % (len(part), part) for part in framed]
        if self.cut is None:
            return framed
        torn = [part[: len(part) // 2] for part in framed[self.cut : self.cut + 1] if self.torn]
        return framed[: self.cut] + torn


class WireServer:
    """Serves `reply` to every request; remembers them and who hung up."""

    def __init__(self) -> None:
        self.reply = Reply()
        self.received: list[Received] = []
        self.hung_up = threading.Event()
        self.connections: list[object] = []
        self.parts_sent = 0
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            self.connections.append(peer.getpeername())
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rb") as stream:
            try:
                while (request := _read(stream)) is not None:
                    self.received.append(request)
                    if not self._answer(peer, self.reply):
                        return
            except OSError:
                self.hung_up.set()

    def _answer(self, peer: socket.socket, reply: Reply) -> bool:
        if reply.before and self._gone(peer, reply.before):
            raise OSError
        if isinstance(reply, StreamReply):
            return self._stream(peer, reply)
        body = reply.payload()
        if reply.cut is not None:
            peer.sendall(reply.head() + body[: reply.cut])
            return False
        if not reply.drip:
            peer.sendall(reply.head() + body)
            return True
        peer.sendall(reply.head())
        for byte in body:
            peer.sendall(bytes([byte]))
            time.sleep(reply.drip)
        return True

    def _stream(self, peer: socket.socket, reply: StreamReply) -> bool:
        peer.sendall(reply.head())
        for part in reply.sent():
            if reply.between and self._gone(peer, reply.between):
                raise OSError
            peer.sendall(part)
            self.parts_sent += 1
        if reply.hold and self._gone(peer, reply.hold):
            raise OSError
        if reply.hold or reply.until_close or reply.cut is not None:
            return False
        peer.sendall(b"0\r\n\r\n")
        return True

    def _gone(self, peer: socket.socket, seconds: float) -> bool:
        """Whether the client hung up within so many seconds of silence."""
        peer.settimeout(seconds)
        try:
            return peer.recv(1) == b""
        except TimeoutError:
            return False
        finally:
            peer.settimeout(None)


def _read(stream: Any) -> Received | None:
    line = stream.readline().decode()
    if not line:
        return None
    headers = {}
    while (field_line := stream.readline().decode().strip()) != "":
        name, _, value = field_line.partition(":")
        headers[name.lower()] = value.strip()
    raw = stream.read(int(headers.get("content-length", 0)))
    return Received(path=line.split()[1], headers=headers, body=json.loads(raw or b"null"))
