"""Keeps the leases of the stages that this process works on, and hears of cancellations."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from app.infra.notify import CANCELS, listen
from app.infra.postgres import Database
from app.infra.settings import Settings
from app.repositories.claims import Claim
from providers.calls import CancelToken

log = logging.getLogger(__name__)
KEEP = "SELECT * FROM keep_leases(%(ids)s::text[], %(epochs)s::bigint[], %(lease)s)"


class Hold:
    """A claim in progress. `token` is canceled when work on it must stop."""

    def __init__(self, claim: Claim, valid_until: float) -> None:
        self.claim = claim
        self.token = CancelToken()
        self.lost = False  # the lease ended: nothing may be written any more
        self.valid_until = valid_until  # monotonic

    def lose(self) -> None:
        self.lost = True
        self.token.cancel()


class LeaseKeeper:
    """A heartbeat thread a process, started by the first hold."""

    def __init__(self, database: Database, listen_url: str, settings: Settings) -> None:
        self._db = database
        self._url = listen_url
        self._lease = settings.worker.lease_seconds
        self._every = min(settings.worker.heartbeat_seconds, self._lease / 3)
        self._holds: dict[str, Hold] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._started = False

    @contextmanager
    def hold(self, claim: Claim) -> Iterator[Hold]:
        """Keep the claim's lease while the block runs."""
        hold = Hold(claim, time.monotonic() + self._lease)
        with self._lock:
            self._holds[claim.stage.id] = hold
            if not self._started:
                self._started = True
                self._start()
        try:
            yield hold
        finally:
            with self._lock:
                if self._holds.get(claim.stage.id) is hold:
                    del self._holds[claim.stage.id]

    def _start(self) -> None:
        threading.Thread(target=self._beat, name="leases", daemon=True).start()
        arguments = (self._url, CANCELS, self._hear, self._stopped)
        threading.Thread(target=listen, args=arguments, name="cancels", daemon=True).start()

    def _beat(self) -> None:
        while not self._stopped.wait(self._every):
            with self._lock:
                holds = list(self._holds.values())
            if not holds:
                continue
            try:
                self._extend(holds)
            except psycopg.Error as error:
                log.warning("heartbeat_failed", extra={"error": str(error).splitlines()[:1]})
            now = time.monotonic()
            for hold in holds:
                if hold.valid_until <= now:
                    hold.lose()

    def _extend(self, holds: list[Hold]) -> None:
        asked = time.monotonic()
        rows = self._db.system(
            KEEP,
            {
                "ids": [h.claim.stage.id for h in holds],
                "epochs": [h.claim.epoch for h in holds],
                "lease": self._lease,
            },
        )
        kept = {row["stage_id"]: row for row in rows}
        for hold in holds:
            row = kept.get(hold.claim.stage.id)
            if row is None:
                self._missing(hold)
                continue
            hold.valid_until = asked + self._lease
            if row["job_status"] == "canceling":
                hold.token.cancel()

    def _missing(self, hold: Hold) -> None:
        with self._lock:  # it may just have ended, which is no loss
            if self._holds.get(hold.claim.stage.id) is hold:
                hold.lose()

    def _hear(self, job_id: str) -> None:
        with self._lock:
            holds = [h for h in self._holds.values() if not job_id or h.claim.job.id == job_id]
        if not job_id and holds:
            self._extend_quietly(holds)
        elif job_id:
            for hold in holds:
                hold.token.cancel()

    def _extend_quietly(self, holds: list[Hold]) -> None:
        try:
            self._extend(holds)
        except psycopg.Error:
            log.warning("heartbeat_failed")

    def close(self) -> None:
        self._stopped.set()
