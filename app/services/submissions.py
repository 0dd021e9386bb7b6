"""Jobs as they come in: checked, priced, written once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.errors import (
    FieldError,
    IdempotencyInProgress,
    IdempotencyMismatch,
    RateLimited,
)
from app.infra.clock import utcnow
from app.infra.faults import crash_point
from app.infra.notify import OUTBOX, Notifier
from app.infra.settings import Settings
from app.repositories.jobs import JobRepository
from app.repositories.records import Job
from app.repositories.resubmission import Accepted, Cooldown, IdempotencyKey
from app.repositories.submission import Plan, SubmissionRepository
from app.services.erased import still_there
from app.services.extract_input import check_extract, plan_extract
from app.services.job_submission import JobSubmission, pipeline_of, queued
from app.services.principals import Principal
from app.services.resubmission import fingerprint
from app.services.tenant_limits import LimitService, queue_full
from app.services.tenant_settings import TenantSettingsService
from app.services.webhooks import WebhookService


@dataclass(frozen=True, kw_only=True)
class Submitted:
    job: Job
    replayed: bool
    body: str  # the answer as first given
    deduplicated: bool = False  # it is the job of an earlier, identical submission


class SubmissionService:
    def __init__(
        self,
        *,
        jobs: JobRepository,
        submissions: SubmissionRepository,
        own: TenantSettingsService,
        notifier: Notifier,
        webhooks: WebhookService,
        limits: LimitService,
        settings: Settings,
    ) -> None:
        self._jobs = jobs
        self._submissions = submissions
        self._own = own
        self._notifier = notifier
        self._webhooks = webhooks
        self._tenant_limits = limits
        self._limits = settings.jobs
        self._finds_names = settings.privacy.presidio

    def submit(
        self,
        principal: Principal,
        submission: JobSubmission,
        *,
        idempotency: IdempotencyKey | None = None,
        render: Callable[[Job], str],
    ) -> Submitted:
        """Accept a job: when this returns, it is on disk and will end.

        `render` makes the answer's text, which is kept for replays of the idempotency key.
        Within its tenant's cooldown an identical submission is answered with the first one's job.
        Raises InvalidInput, IdempotencyMismatch, IdempotencyInProgress, RateLimited, Unavailable.
        """
        full: RateLimited | None = None
        try:
            entered = self.check_room(principal, idempotency)
        except RateLimited as error:
            if not self._own.policy(principal.tenant_id).cooldown_seconds:
                raise
            entered, full = False, error  # an answer that is there already needs no place
        written = False
        try:
            done = self._submit(principal, submission, idempotency, render, full)
            written = not done.replayed and not done.deduplicated
        finally:
            if entered and not written:
                self.leave_room(principal)
        if written:
            crash_point("submit.committed")
            self._notifier.send(OUTBOX)
        return done

    def _submit(
        self,
        principal: Principal,
        submission: JobSubmission,
        idempotency: IdempotencyKey | None,
        render: Callable[[Job], str],
        full: RateLimited | None,
    ) -> Submitted:
        job, plan = self.accept(principal, submission)
        cancel_after = None
        if submission.cancel_after is not None:
            cancel_after = job.created_at + timedelta(seconds=submission.cancel_after)
        cooldown = self._cooldown(submission, job)
        if full is not None and cooldown is None:
            raise full
        if idempotency is None and cooldown is None:
            body = render(job)
            self._submissions.insert(job, plan, cancel_after)
            return Submitted(job=job, replayed=False, body=body)
        stored = self._submissions.insert_once(
            job,
            plan,
            cancel_after,
            idempotency=idempotency,
            cooldown=cooldown,
            render=render,
            room=full is None,
        )
        if full is not None and stored.kind == "full":
            raise full
        return self._told(principal, job, stored)

    def _told(self, principal: Principal, job: Job, stored: Accepted) -> Submitted:
        if stored.kind == "replayed":
            first = still_there(self._jobs.get(principal.tenant_id, stored.job_id))
            return Submitted(
                job=first, replayed=True, body=stored.answer, deduplicated=stored.deduplicated
            )
        _refuse(stored.kind)
        return Submitted(
            job=stored.first or job,
            replayed=False,
            body=stored.answer,
            deduplicated=stored.first is not None,
        )

    def _cooldown(self, submission: JobSubmission, job: Job) -> Cooldown | None:
        policy = self._own.policy(job.tenant_id)
        if not policy.cooldown_seconds:
            return None
        return Cooldown(
            fingerprint=fingerprint(
                job,
                policy.version,
                model=submission.input.get("model"),
                items=submission.items,
                join=submission.join,
            ),
            since=job.created_at - timedelta(seconds=policy.cooldown_seconds),
        )

    def check_room(self, principal: Principal, idempotency: IdempotencyKey | None = None) -> bool:
        """Take a place in the tenant's queue. Raises RateLimited when it is full.

        A request that was answered before needs no place, and gets its answer: False.
        """
        cap = self._tenant_limits.enter_queue(principal.tenant_id)
        if cap is None:
            return True
        key = idempotency.key if idempotency else None
        if key is None or not self._submissions.knows(principal.tenant_id, key):
            raise queue_full(cap)
        return False

    def leave_room(self, principal: Principal) -> None:
        """Give the place back: no job was written."""
        self._tenant_limits.leave_queue(principal.tenant_id)

    def accept(
        self, principal: Principal, wanted: JobSubmission, *, resolve: bool = True
    ) -> tuple[Job, Plan]:
        """The job and its stages, checked and not yet stored. Raises InvalidInput.

        Without `resolve` a webhook_url's host is not looked up: each delivery does so anyway.
        """
        now = utcnow()
        pipeline = pipeline_of(wanted, now)
        if wanted.webhook_url is not None and resolve:
            self._webhooks.check_job_url(principal, wanted.webhook_url)
        accepted = check_extract(
            wanted.input,
            wanted.items,
            wanted.join,
            self._own.routes(principal.tenant_id),
            max_items=self._limits.max_items,
            max_attempts=self._limits.max_attempts,
            finds_names=self._finds_names,
        )
        return queued(wanted, principal, pipeline, accepted, now), plan_extract(accepted)


def _refuse(kind: str) -> None:
    if kind == "mismatch":
        fault = FieldError("/headers/Idempotency-Key", "was used with another payload")
        raise IdempotencyMismatch("this idempotency key belongs to another request", [fault])
    if kind == "in_progress":
        raise IdempotencyInProgress("a request with this idempotency key is still in progress")
