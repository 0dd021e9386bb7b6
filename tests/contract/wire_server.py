"""An HTTP/1.1 server that answers with exactly the bytes that a test wants on the wire."""

import json
import socket
import threading
import time
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


class WireServer:
    """Serves `reply` to every request; remembers them and who hung up."""

    def __init__(self) -> None:
        self.reply = Reply()
        self.received: list[Received] = []
        self.hung_up = threading.Event()
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
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rb") as stream:
            while (request := _read(stream)) is not None:
                self.received.append(request)
                try:
                    if not self._answer(peer, self.reply):
                        return
                except OSError:
                    self.hung_up.set()
                    return

    def _answer(self, peer: socket.socket, reply: Reply) -> bool:
        if reply.before and self._gone(peer, reply.before):
            raise OSError
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
