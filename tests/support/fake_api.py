"""A scripted HTTP API: each route answers its next reply; every request is kept."""

import json
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Reply:
    """One answer. `raw` bytes go out as they are; `cut` closes before the promised length."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False


@dataclass
class Seen:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


class FakeAPI:
    """`on("GET /v1/jobs", reply, ...)` scripts replies; the last one repeats."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self._script: dict[str, list[Reply]] = defaultdict(list)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def on(self, route: str, *replies: Reply) -> None:
        self._script[route] = list(replies)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def to(self, route: str) -> list[Seen]:
        return [r for r in self.requests if f"{r.method} {r.path}" == route]

    def _take(self, seen: Seen) -> Reply:
        with self._lock:
            self.requests.append(seen)
            replies = self._script.get(f"{seen.method} {seen.path}")
            if not replies:
                return problem(404, "not_found", "no such thing")
            return replies.pop(0) if len(replies) > 1 else replies[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                path, _, query = self.path.partition("?")
                headers = {name.lower(): value for name, value in self.headers.items()}
                parsed = json.loads(body) if body else None
                reply = fake._take(Seen(self.command, path, query, headers, parsed))
                raw = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                defaults = {"content-type": "application/json"}
                defaults["content-length"] = str(len(raw) + (100 if reply.cut else 0))
                for name, value in (defaults | reply.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def problem(status: int, code: str, detail: str, errors: Any = (), **headers: str) -> Reply:
    """A problem document; keyword names become headers (`retry_after` -> `retry-after`)."""
    body = {"status": status, "code": code, "title": code, "detail": detail, "request_id": "req_1"}
    if errors:
        body["errors"] = list(errors)
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(body, status, {"content-type": "application/problem+json"} | own)


def job(status: str = "queued", **more: Any) -> dict[str, Any]:
    """A job as the API shows it."""
    ended = "2026-11-20T12:00:02.500000+00:00" if status in ENDED else None
    times = {"created_at": "2026-11-20T12:00:00.000000+00:00", "ended_at": ended}
    base = {"id": "job_1", "object": "job", "pipeline": "extract", "pipeline_version": 1}
    return base | {"status": status, "priority": "normal", "metadata": {}, "run": 1} | times | more


ENDED = ("succeeded", "failed", "canceled", "expired")


def sse(*events: tuple[int, str], data: dict[str, Any] | None = None) -> bytes:
    """A text/event-stream of (sequence, type) with a heartbeat in front."""
    text = ": heartbeat\n\n"
    for sequence, kind in events:
        body = {"id": f"evt_{sequence}", "type": kind, "job_id": "job_1", "sequence": sequence}
        body |= {"created_at": "2026-11-20T12:00:00+00:00", "data": data or {}}
        text += f"id: {sequence}\nevent: {kind}\ndata: {json.dumps(body)}\n\n"
    return text.encode()


def stream(raw: bytes, *, cut: bool = False) -> Reply:
    return Reply(raw=raw, headers={"content-type": "text/event-stream"}, cut=cut)
