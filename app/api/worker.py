"""gunicorn's threaded worker, which ends streams when told to stop and speaks in problems."""

import json
import uuid
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import ThreadWorker

STATUS = {LimitRequestLine: 414, LimitRequestHeaders: 431}


class Worker(ThreadWorker):  # type: ignore[misc]
    def handle_exit(self, sig: int, frame: Any) -> None:
        """SIGTERM: streams and waits end within a second or so, the rest is finished."""
        waiting = getattr(self.wsgi, "extensions", {}).get("penstock_waiting")
        if waiting is not None:
            waiting.stopping.set()
        super().handle_exit(sig, frame)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """What could not be read as HTTP is told as every other problem is."""
        if not isinstance(exc, ParseException):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("unreadable_request: %s", type(exc).__name__)
        status = next((s for kind, s in STATUS.items() if isinstance(exc, kind)), 400)
        try:
            util.write_nonblock(client, unreadable(status))
        except OSError:
            self.log.debug("unreadable_request: the client is gone")


def unreadable(status: int) -> bytes:
    """A whole response that closes the connection."""
    code = HTTPStatus(status).phrase.lower().replace(" ", "_").replace("-", "_")
    request_id = uuid.uuid4().hex
    body = json.dumps(
        {
            "type": f"urn:penstock:problem:{code}",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": "the request could not be read as HTTP",
            "code": code,
            "request_id": request_id,
        }
    ).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Request-Id: {request_id}\r\n\r\n"
    )
    return head.encode() + body
