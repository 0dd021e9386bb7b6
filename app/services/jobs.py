"""Jobs as their owners see them: read, cancel, retry, erase, wait."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.errors import (
    Conflict,
    NotFound,
)
from app.infra.notify import CANCELS, JOBS, OUTBOX, Notifier
from app.repositories.jobs import JobRepository
from app.repositories.records import Call, Job, Stage, UsageTotals
from app.services.deployments import Catalog
from app.services.erased import still_there
from app.services.estimates import any_of
from app.services.forgetting import Asking, Forgetting
from app.services.job_watch import JobWatch
from app.services.principals import Principal

FURTHEST = 10_000  # queue positions are counted up to here


@dataclass(frozen=True, kw_only=True)
class JobDetail:
    job: Job
    stages: list[Stage]  # without a batch's items
    calls: list[Call]  # at most 1,000
    usage: UsageTotals  # of all calls
    queue_position: int | None = None  # while queued; 0: it left Postgres, a worker has it next


class JobService:
    def __init__(
        self,
        *,
        jobs: JobRepository,
        notifier: Notifier,
        watch: JobWatch,
        forgetting: Forgetting,
        catalog: Catalog,
    ) -> None:
        self._catalog = catalog
        self._forgetting = forgetting
        self._jobs = jobs
        self._notifier = notifier
        self._watch = watch

    def get(self, principal: Principal, job_id: str) -> JobDetail:
        """Raises NotFound, also for another tenant's job."""
        found = self._jobs.detail(principal.tenant_id, job_id)
        if found is None:
            raise NotFound("no such job")
        job, stages, calls, usage = found
        still_there(job)
        position = None
        if job.status == "queued":
            position = self._jobs.queue_position(principal.tenant_id, job_id, FURTHEST)
        return JobDetail(job=job, stages=stages, calls=calls, usage=usage, queue_position=position)

    def list(
        self,
        principal: Principal,
        *,
        limit: int = 50,
        after: tuple[datetime, str] | None = None,
        status: str | None = None,
        pipeline: str | None = None,
    ) -> tuple[list[Job], bool]:
        """Newest first; whether there are more."""
        rows = self._jobs.page(principal.tenant_id, limit + 1, after, status, pipeline)
        return rows[:limit], len(rows) > limit

    def cancel(self, principal: Principal, job_id: str) -> Job:
        """Idempotent: an ended job stays as it is. Raises NotFound."""
        job = self._find(principal, job_id)
        if not job.ended and self._jobs.request_cancel(principal.tenant_id, job_id):
            self._notifier.send(CANCELS, job_id)
            self._notifier.send(JOBS, job_id)
        return self._find(principal, job_id)

    def retry(self, principal: Principal, job_id: str) -> Job:
        """Run an ended, unsuccessful job again from its first undone stage.

        Raises NotFound; Conflict while it runs or when it succeeded.
        """
        job = self._find(principal, job_id)
        models = (self._jobs.input(principal.tenant_id, job_id) or {}).get("model") or [""]
        lanes = [model.partition("/")[0] for model in models]
        lane = next((name for name in lanes if self._catalog.has_provider(name)), lanes[0])
        if not self._jobs.retry(
            principal.tenant_id, job_id, job.priority, lane=lane, deployment=any_of(models)
        ):
            raise Conflict(f"a job that is {job.status} cannot be retried", code="not_retryable")
        self._notifier.send(OUTBOX)
        return self._find(principal, job_id)

    def erase(self, principal: Principal, job_id: str) -> None:
        """Erase all that the job holds, but for what its calls cost.

        Raises NotFound; Conflict while it has not ended; Gone when it was erased before.
        """
        job = self._find(principal, job_id)
        if not job.ended:
            raise Conflict(f"a job that is {job.status} cannot be erased", code="not_ended")
        given = self._jobs.input(job.tenant_id, job.id)
        items = self._items(job) if job.progress is not None else [None]
        self._forgetting.forget([Asking(tenant_id=job.tenant_id, input=given, items=items)])
        if not self._jobs.erase(principal.tenant_id, job_id):  # erased or begun again meanwhile
            self._find(principal, job_id)
            raise Conflict("the job was begun again", code="not_ended")

    def results(
        self, principal: Principal, job_id: str, *, after: int = -1, limit: int = 1000
    ) -> Sequence[Stage]:
        """A batch's items by index. Raises NotFound; Conflict for a job without items."""
        job = self._find(principal, job_id)
        if job.progress is None:
            raise Conflict("this job has no items; its result is its output", code="not_a_batch")
        return self._jobs.results(principal.tenant_id, job_id, after, limit)

    def wait(self, principal: Principal, job_id: str, seconds: float) -> Job:
        """The job once it has ended, or as it is after `seconds`."""
        until = time.monotonic() + seconds
        with self._watch.of(job_id) as change:
            while True:
                job = self._find(principal, job_id)
                left = until - time.monotonic()
                if job.ended or left <= 0:
                    return job
                change.wait(min(left, 1.0))

    def _items(self, job: Job) -> Iterator[dict[str, Any] | None]:
        count = 0
        while page := self._jobs.items(job.tenant_id, job.id, count - 1, 1000):
            yield from page
            count += len(page)

    def _find(self, principal: Principal, job_id: str) -> Job:
        return still_there(self._jobs.get(principal.tenant_id, job_id))
