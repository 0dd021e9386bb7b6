"""The Python client.

from app.client.penstock import Penstock

with Penstock("http://127.0.0.1:8080", key="pk_live_...") as penstock:
    job = penstock.run("extract", {"prompt": ..., "document": ..., "schema": {...}})
    print(job.output)
"""

import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx2

from app.client import streams
from app.client.errors import (
    APIError,
    CannotReach,
    ClientError,
    Conflict,
    Fault,
    Forbidden,
    InvalidRequest,
    JobNotSucceeded,
    NotFound,
    PreconditionFailed,
    RateLimited,
    ServerError,
    Unauthenticated,
    WaitTimeout,
)
from app.client.keys import Keys
from app.client.records import ENDED, Event, ItemResult, Job, JobPage
from app.client.reports import Reports
from app.client.schedules import Schedules
from app.client.settings import Settings
from app.client.transport import Transport
from app.client.webhook_endpoints import Webhooks

__all__ = [
    "ENDED",
    "APIError",
    "CannotReach",
    "ClientError",
    "Conflict",
    "Event",
    "Fault",
    "Forbidden",
    "InvalidRequest",
    "ItemResult",
    "Job",
    "JobNotSucceeded",
    "JobPage",
    "NotFound",
    "Penstock",
    "PreconditionFailed",
    "RateLimited",
    "ServerError",
    "Unauthenticated",
    "WaitTimeout",
]

Join = Literal["all", "any"]
Priority = Literal["high", "normal", "low"]
FIRST_POLL, LONGEST_POLL = 0.05, 2.0  # seconds between polls of `wait`


class Penstock:
    """A connection to one Penstock; usable from many threads; close it or use `with`.

    Without `url` and `key` the environment's PENSTOCK_URL and PENSTOCK_API_KEY count.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 3,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        url = url or os.environ.get("PENSTOCK_URL")
        if not url:
            raise ValueError("no url: pass one or set PENSTOCK_URL")
        self._http = Transport(
            url,
            key or os.environ.get("PENSTOCK_API_KEY"),
            timeout=timeout,
            retries=retries,
            transport=transport,
        )
        self.url = url
        self.keys = Keys(self._http)
        self.webhooks = Webhooks(self._http)
        self.schedules = Schedules(self._http)
        self.reports = Reports(self._http)
        self.settings = Settings(self._http)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def submit(
        self,
        pipeline: str,
        input: Mapping[str, Any],
        *,
        items: Sequence[Mapping[str, Any]] | None = None,
        join: Join | None = None,
        priority: Priority | None = None,
        metadata: Mapping[str, Any] | None = None,
        deadline: datetime | str | None = None,
        cancel_after: float | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> Job:
        """Hand in a job; it is durable when this returns.

        Every submit carries an Idempotency-Key (a fresh one if none is given), so a try again
        after a lost answer makes no second job. Within the tenant's cooldown an identical submit
        gets the first one's job, `deduplicated`. `cancel_after` is seconds from now.
        """
        body: dict[str, Any] = {"pipeline": pipeline, "input": dict(input)}
        when = deadline.isoformat() if isinstance(deadline, datetime) else deadline
        wanted: dict[str, Any] = {
            "items": None if items is None else [dict(item) for item in items],
            "join": join,
            "priority": priority,
            "metadata": None if metadata is None else dict(metadata),
            "deadline": when,
            "webhook_url": webhook_url,
        }
        body |= {name: value for name, value in wanted.items() if value is not None}
        headers = {"idempotency-key": idempotency_key or str(uuid.uuid4())}
        if cancel_after is not None:
            headers["cancel-after"] = f"{cancel_after:.3f}"
        answer = self._http.send("POST", "/v1/jobs", idempotent=True, json=body, headers=headers)
        replayed = answer.headers.get("idempotent-replayed") == "true"
        deduplicated = answer.headers.get("penstock-deduplicated") == "true"
        return Job.of(answer.json(), replayed=replayed, deduplicated=deduplicated)

    def get(self, job_id: str) -> Job:
        """The job with its stages, calls and usage. Raises NotFound."""
        return Job.of(self._http.send("GET", _job(job_id), idempotent=True).json())

    def page(
        self,
        *,
        limit: int = 50,
        after: str | None = None,
        status: str | None = None,
        pipeline: str | None = None,
    ) -> JobPage:
        """One page of jobs, newest first."""
        wanted = {"limit": str(limit), "after": after, "status": status, "pipeline": pipeline}
        params = {name: value for name, value in wanted.items() if value is not None}
        body = self._http.send("GET", "/v1/jobs", idempotent=True, params=params).json()
        return JobPage(
            jobs=tuple(Job.of(job) for job in body["data"]),
            has_more=bool(body.get("has_more")),
            next_cursor=body.get("next_cursor"),
        )

    def list(self, *, status: str | None = None, pipeline: str | None = None) -> Iterator[Job]:
        """Every job, newest first; pages are fetched as they are needed."""
        after: str | None = None
        while True:
            page = self.page(after=after, status=status, pipeline=pipeline)
            yield from page.jobs
            after = page.next_cursor
            if not page.has_more or after is None:
                return

    def cancel(self, job_id: str) -> Job:
        """Ask the job to stop; harmless when it has ended."""
        return Job.of(self._http.send("POST", _job(job_id, "cancel"), idempotent=True).json())

    def retry(self, job_id: str) -> Job:
        """Run a failed, canceled or expired job from its first undone stage, or raise Conflict."""
        return Job.of(self._http.send("POST", _job(job_id, "retry"), idempotent=False).json())

    def delete_job(self, job_id: str) -> None:
        """Erase an ended job's content; raises Conflict before its end, Gone the second time."""
        self._http.send("DELETE", _job(job_id), idempotent=True)

    def pipelines(self) -> Sequence[dict[str, Any]]:
        """The pipelines, each with the JSON Schema of its input."""
        body = self._http.send("GET", "/v1/pipelines", idempotent=True).json()
        return [dict(p) for p in (body["data"] if isinstance(body, dict) else body)]

    def events(self, job_id: str, *, after: int = 0, reconnect: bool = True) -> Iterator[Event]:
        """Events as they happen, past sequence `after`, until the job has ended.

        A cut stream is taken up again after the last event seen (Last-Event-ID).
        """
        return streams.events(self._http, _job(job_id), after=after, reconnect=reconnect)

    def results(self, job_id: str) -> Iterator[ItemResult]:
        """The items of a batch in order, with outputs and errors; pages come as needed."""
        return streams.results(self._http, _job(job_id, "results"))

    def wait(self, job_id: str, *, timeout: float | None = None) -> Job:
        """Poll until the job has ended. Raises WaitTimeout after `timeout` seconds."""
        started, delay = time.monotonic(), FIRST_POLL
        while True:
            job = self.get(job_id)
            if job.ended:
                return job
            left = None if timeout is None else started + timeout - time.monotonic()
            if timeout is not None and left is not None and left <= 0:
                raise WaitTimeout(job, timeout)
            time.sleep(delay if left is None else min(delay, left))
            delay = min(delay * 1.5, LONGEST_POLL)

    def run(
        self,
        pipeline: str,
        input: Mapping[str, Any],
        *,
        timeout: float | None = None,
        **submission: Any,
    ) -> Job:
        """Submit and wait. Takes what `submit` takes; raises JobNotSucceeded, WaitTimeout."""
        job = self.submit(pipeline, input, **submission)
        job = self.wait(job.id, timeout=timeout)
        if not job.succeeded:
            raise JobNotSucceeded(job)
        return job


def _job(job_id: str, *rest: str) -> str:
    return "/".join(["/v1/jobs", quote(job_id, safe=""), *rest])
