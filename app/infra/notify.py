"""Hints over LISTEN/NOTIFY: sent after a commit, never inside it, so a lost one costs a poll.

A NOTIFY inside a transaction takes a lock that every committing transaction queues on; sent
apart, by one thread a process, it costs the writers nothing.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

import psycopg

from app.infra.postgres import Database

log = logging.getLogger(__name__)
PAUSE, LONG_PAUSE = 0.004, 0.02  # seconds between two sendings, which carry more hints each
BUSY = 3  # from so many hints on, none is sent any sooner
OUTBOX, JOBS, CANCELS = "penstock_outbox", "penstock_jobs", "penstock_cancels"
DELIVERIES = "penstock_deliveries"  # something waits to be dispatched
URGENT = (OUTBOX, CANCELS)  # somebody waits for these to begin anything
NOTIFY = "SELECT pg_notify(c, p) FROM unnest(%(channels)s::text[], %(payloads)s::text[]) AS t(c, p)"


class Notifier:
    """Sends hints from a thread of its own; equal hints waiting together are sent once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def send(self, channel: str, payload: str = "") -> None:
        """Queue a hint; never blocks, never fails."""
        self._queue.put((channel, payload))
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="notifier", daemon=True)
                self._thread.start()

    def _loop(self) -> None:
        sent = 0.0
        while True:
            hints = self._gathered(sent)
            channels, payloads = zip(*hints, strict=True)
            try:
                self._database.system(
                    NOTIFY, {"channels": list(channels), "payloads": list(payloads)}
                )
            except psycopg.Error:
                log.warning("notify_failed", extra={"hints": len(hints)})
                time.sleep(1)
            sent = time.monotonic()

    def _gathered(self, sent: float) -> set[tuple[str, str]]:
        """The next hints, not sooner than a pause after the last were `sent`."""
        hints, count = {self._queue.get()}, 1
        while len(hints) < 500:
            soon = count < BUSY and any(channel in URGENT for channel, _ in hints)
            left = sent + (PAUSE if soon else LONG_PAUSE) - time.monotonic()
            try:
                hints.add(self._queue.get(timeout=max(0.0, left)))
            except queue.Empty:
                break
            count += 1
        return hints


def listen(url: str, channel: str, hear: Callable[[str], None], stopped: threading.Event) -> None:
    """Call `hear` with each payload until `stopped`; reconnects for ever. Run it in a thread."""
    while not stopped.is_set():
        try:
            with psycopg.connect(url, autocommit=True, application_name="penstock-listen") as c:
                c.execute(f"LISTEN {channel}".encode())
                hear("")
                while not stopped.is_set():
                    for note in c.notifies(timeout=1.0, stop_after=1000):
                        hear(note.payload)
        except psycopg.Error:
            log.warning("listen_reconnecting", extra={"channel": channel})
            stopped.wait(1.0)
