"""The demo's webhook receiver: a small server on loopback that believes only what it verified."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from rich.console import Console

from app.client.penstock import Job
from app.client.webhooks import WebhookInvalid, verify

ENDS = ["job.succeeded", "job.failed", "job.canceled", "job.expired"]
LONGEST_BODY = 1_000_000
# What lets the demo's own stack deliver to it; without these, only public https addresses are.
ENVIRONMENT = {
    "PENSTOCK_WEBHOOKS_ALLOW_CIDRS": "127.0.0.1/32",
    "PENSTOCK_WEBHOOKS_ALLOW_HTTP": "true",
}


class DemoReceiver:
    """`with DemoReceiver() as receiver:` listens; set `secret` before anything is sent."""

    def __init__(self) -> None:
        self.secret = ""
        self.events: dict[str, dict[str, Any]] = {}  # by webhook-id: delivery is at least once
        self.refused = 0
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_POST(self) -> None:
                size = min(int(self.headers.get("content-length", 0)), LONGEST_BODY)
                status = receiver.take(dict(self.headers.items()), self.rfile.read(size))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: the demo's output is the demo's."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Verify and keep one request; the status to answer."""
        with self._arrived:
            try:
                event = verify(self.secret, headers, body)
            except (WebhookInvalid, ValueError):
                self.refused += 1
                return 401
            given = {name.lower(): value for name, value in headers.items()}
            self.events[given["webhook-id"]] = event
            self._arrived.notify_all()
            return 204

    def wait_for(self, jobs: list[Job], seconds: float) -> list[Job]:
        """The jobs whose end was told and verified, once all are, or the time is over."""
        until = time.monotonic() + seconds
        with self._arrived:
            while True:
                told = {event["data"]["id"] for event in self.events.values()}
                found = [job for job in jobs if job.id in told]
                left = until - time.monotonic()
                if len(found) == len(jobs) or left <= 0:
                    return found
                self._arrived.wait(left)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def print_webhooks(
    console: Console, receiver: DemoReceiver, jobs: list[Job], seconds: float
) -> bool:
    """One line on what the receiver got; whether it was told of every job."""
    told = receiver.wait_for(jobs, seconds)
    if len(told) < len(jobs):
        console.print(
            f"Webhooks: only {len(told)} of {len(jobs)} jobs were told to {receiver.url}"
            f" ({receiver.refused} requests refused).",
            style="red",
            soft_wrap=True,
        )
        return False
    last_id, last = list(receiver.events.items())[-1]
    console.print(
        f"Webhooks: a receiver at {receiver.url} got the end of {len(told)} of {len(jobs)} jobs"
        f" and verified each signature; the last, {last['type']}, was {last_id}.",
        soft_wrap=True,
    )
    return True
