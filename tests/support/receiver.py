"""A webhook receiver on loopback: keeps what it got, and answers as it is told."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (200, {}, b"thank you")


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: float  # monotonic

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The event, as the standardwebhooks package reads it. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that went away is what some tests are about."""


class Receiver:
    """`answer(request, n)` gives the answer to the n-th request of a path, from 1."""

    def __init__(self, answer: Callable[[Request, int], Answer] | None = None) -> None:
        self.answer = answer or (lambda _request, _n: OK)
        self.requests: list[Request] = []
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self.port = 0
        self.start()

    def start(self) -> None:
        """Listen, on the port of before if there was one."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {k.lower(): v for k, v in self.headers.items()}
                request = Request(self.path, headers, body, time.monotonic())
                with receiver._lock:
                    receiver.requests.append(request)
                    n = sum(r.path == self.path for r in receiver.requests)
                status, more, text = receiver.answer(request, n)
                self.send_response(status)
                for name, value in {"content-length": str(len(text)), **more}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def ids(self, path: str | None = None) -> list[str]:
        return [r.id for r in list(self.requests) if path is None or r.path == path]
