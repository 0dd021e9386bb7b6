"""The events of a job: a page of them, or all as they come."""

import time
from collections.abc import Iterator

from app.errors import Gone, NotFound
from app.repositories.events import EventRepository
from app.repositories.jobs import JobRepository
from app.repositories.records import Event
from app.services.job_watch import JobWatch
from app.services.principals import Principal

PAGE = 500


class EventService:
    def __init__(self, *, events: EventRepository, jobs: JobRepository, watch: JobWatch) -> None:
        self._events = events
        self._jobs = jobs
        self._watch = watch

    def list(
        self, principal: Principal, job_id: str, *, after: int = 0, limit: int = 100
    ) -> list[Event]:
        """Events with a sequence over `after`, oldest first. Raises NotFound."""
        self._check(principal, job_id)
        return self._events.page(principal.tenant_id, job_id, after, limit)

    def follow(
        self, principal: Principal, job_id: str, *, after: int = 0, heartbeat: float = 15.0
    ) -> Iterator[Event | None]:
        """Events as they come, None every `heartbeat` seconds; ends after a final one.

        Raises NotFound at once, before the first event is asked for.
        """
        self._check(principal, job_id)
        return self._stream(principal, job_id, after, heartbeat)

    def _stream(
        self, principal: Principal, job_id: str, after: int, heartbeat: float
    ) -> Iterator[Event | None]:
        beat = time.monotonic() + heartbeat
        with self._watch.of(job_id) as change:
            while True:
                page = self._events.page(principal.tenant_id, job_id, after, PAGE)
                for event in page:
                    after = event.sequence
                    yield event
                if not page and self._over(principal, job_id, after):
                    return
                if not page:
                    change.wait(min(1.0, max(0.0, beat - time.monotonic())))
                if time.monotonic() >= beat:
                    beat = time.monotonic() + heartbeat
                    yield None

    def _over(self, principal: Principal, job_id: str, after: int) -> bool:
        """Whether the job has ended and its last event was given out."""
        job = self._jobs.get(principal.tenant_id, job_id)
        if job is None:
            return True
        return job.ended and not self._events.page(principal.tenant_id, job_id, after, 1)

    def _check(self, principal: Principal, job_id: str) -> None:
        job = self._jobs.get(principal.tenant_id, job_id)
        if job is None:
            raise NotFound("no such job")
        if job.erased_at is not None:
            raise Gone("this job's content was erased")
