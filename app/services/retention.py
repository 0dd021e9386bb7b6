"""Takes away what is past its time: a batch at a time, for a bounded time, by anybody at once."""

import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import psycopg

from app.infra.settings_sections import JobsSettings
from app.repositories.retention import Kept, Past, RetentionRepository
from app.services.forgetting import Asking, Forgetting

log = logging.getLogger(__name__)
BATCH = 50  # jobs in one transaction: what they hold, submissions wait for
PAUSE = 0.02  # seconds between two: others want the disk too
RUN_SECONDS = 60.0
ANSWERED = frozenset({"jobs", "inputs"})  # without its input a job's answers cannot be found
PAGE = 1000  # items read at once


class RetentionService:
    """Past `output_days` all of a job goes, and fires; events and input may go before."""

    def __init__(
        self, *, rows: RetentionRepository, forgetting: Forgetting, settings: JobsSettings
    ) -> None:
        self._rows = rows
        self._forgetting = forgetting
        self._default = settings.retention_days or None  # 0: for ever

    def sweep(self, seconds: float = RUN_SECONDS) -> dict[str, int]:
        """One run; how many jobs lost what, and fires. What is left is for the next run."""
        until = time.monotonic() + seconds
        done = {"jobs": 0, "events": 0, "inputs": 0, "fires": 0}
        for kept in self._rows.tenants():
            for what, days in self._days(kept).items():
                while days is not None and time.monotonic() < until:
                    found = self._batch(what, kept, days)
                    done[what] += found
                    if found < BATCH:
                        break
                    time.sleep(PAUSE)
        if any(done.values()):
            log.info("retention_swept", extra=done)
        return done

    def due(self) -> int:
        """Jobs that a run would erase."""
        wanted = [(kept, self._days(kept)["jobs"]) for kept in self._rows.tenants()]
        return sum(
            self._rows.due(kept.tenant_id, days) for kept, days in wanted if days is not None
        )

    def _batch(self, what: str, kept: Kept, days: int) -> int:
        tenant_id, ids = kept.tenant_id, []
        if what in ANSWERED:
            past = self._rows.past(what, tenant_id, days, BATCH)
            ids = [job.id for job in past]
            if not ids:
                return 0
            if self._forgetting.needed:
                self._forgetting.forget(self._asking(tenant_id, past))
        try:
            return self._rows.sweep(what, tenant_id, days, BATCH, ids)
        except psycopg.errors.LockNotAvailable:
            log.info("retention_waits", extra={"tenant_id": str(kept.tenant_id)})
            return 0

    def _asking(self, tenant_id: UUID, past: Sequence[Past]) -> Iterator[Asking]:
        """One at a time: an input may have megabytes."""
        for job in past:
            items = self._items(tenant_id, job.id) if job.has_items else [None]
            yield Asking(
                tenant_id=tenant_id, input=self._rows.input(tenant_id, job.id), items=items
            )

    def _items(self, tenant_id: UUID, job_id: str) -> Iterator[dict[str, Any]]:
        count = 0
        while page := self._rows.items(tenant_id, job_id, count - 1, PAGE):
            yield from page
            count += len(page)

    def _days(self, kept: Kept) -> dict[str, int | None]:
        jobs = self._default if kept.output_days is None else kept.output_days
        found = {"jobs": jobs, "events": kept.event_days, "inputs": kept.input_days, "fires": jobs}
        for name in ("events", "inputs"):  # what goes with the job needs no sweep of its own
            days = found[name]
            if days is not None and jobs is not None and days >= jobs:
                found[name] = None
        return found
