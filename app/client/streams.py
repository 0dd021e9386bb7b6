"""What comes in pieces: events that survive a cut, and results page by page."""

import json
import time
from collections.abc import Iterator

import httpx2

from app.client.errors import APIError
from app.client.records import ENDED, Event, ItemResult
from app.client.sse import parse
from app.client.transport import LONGEST_DELAY, RETRY_STATUSES, Transport, backoff, unreachable

IDLE_SECONDS = 60.0  # a stream without even a heartbeat for so long is dead
MAX_FAILURES = 8  # tries in a row without an event


def events(http: Transport, job: str, *, after: int, reconnect: bool) -> Iterator[Event]:
    """Events past `after` until the job has ended; see Penstock.events."""
    failures = 0
    while True:
        seen, final, closed = after, False, False
        delay: float | None = None
        try:
            for event in _one_stream(http, job, after):
                after, final, failures = event.sequence, event.final, 0
                yield event
            closed = True
        except httpx2.HTTPError as error:
            if not reconnect or failures >= MAX_FAILURES:
                raise unreachable(http.url, error) from error
        except APIError as problem:
            delay = problem.retry_after
            passing = problem.status in RETRY_STATUSES and (delay or 0) <= LONGEST_DELAY
            if not (reconnect and passing) or failures >= MAX_FAILURES:
                raise
        if final or not reconnect or (closed and after == seen and _ended(http, job)):
            return
        time.sleep(backoff(failures) if delay is None else delay)
        failures += 1


def _one_stream(http: Transport, job: str, after: int) -> Iterator[Event]:
    headers = {"accept": "text/event-stream"}
    if after:
        headers["last-event-id"] = str(after)
    with http.stream(f"{job}/events", headers=headers, params={}, idle=IDLE_SECONDS) as lines:
        for message in parse(lines):
            event = Event.of(json.loads(message.data))
            if event.sequence > after:
                yield event


def _ended(http: Transport, job: str) -> bool:
    """Whether silence means the end: nothing more will come of an ended job."""
    return http.send("GET", job, idempotent=True).json().get("status") in ENDED


def results(http: Transport, path: str, *, limit: int = 1000) -> Iterator[ItemResult]:
    """All lines of a batch's results; the server's cursor, or the last index, leads on."""
    after: str | None = None
    while True:
        params = {"limit": str(limit)} | ({"after": after} if after is not None else {})
        answer = http.send(
            "GET", path, idempotent=True, params=params, headers={"accept": "application/jsonl"}
        )
        items = [ItemResult.of(json.loads(line)) for line in answer.text.splitlines() if line]
        yield from items
        after = _next(answer, items)
        if after is None:
            return


def _next(answer: httpx2.Response, items: list[ItemResult]) -> str | None:
    link = answer.links.get("next", {}).get("url")
    after = httpx2.URL(link).params.get("after") if link else answer.headers.get("next-cursor")
    return str(after) if after and items else None
