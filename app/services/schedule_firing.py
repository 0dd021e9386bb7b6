"""Fires what is due: the fires, their jobs and the next moment in one transaction."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from uuid import UUID

from app.errors import Conflict, FieldError, InvalidInput, NotFound, RateLimited
from app.infra.clock import utcnow
from app.infra.faults import crash_point
from app.infra.notify import CANCELS, OUTBOX, Notifier
from app.infra.postgres import Statement
from app.repositories.schedule_records import Due, Fire, Schedule
from app.repositories.schedules import Firing, ScheduleRepository
from app.repositories.submission import insertion
from app.services.job_templates import submission_of, values_of
from app.services.moments import jitter, moments, rule_of
from app.services.principals import Principal
from app.services.schedules import upcoming
from app.services.submissions import SubmissionService

log = logging.getLogger(__name__)
MOST_CAUGHT_UP = 1000  # the highest catch_up_cap
AFTER_A_CRASH = (30.0, 900.0)  # seconds until one that made a tick fail is tried again
MOST_MOMENTS = 100_000  # that one tick looks at after a long silence


class FiringService:
    def __init__(
        self,
        *,
        due: ScheduleRepository,  # as the system role
        schedules: ScheduleRepository,  # as the app role
        submissions: SubmissionService,
        notifier: Notifier,
        late_seconds: float = 60.0,  # a fire later than this was missed, and catch_up decides
    ) -> None:
        self._due = due
        self._schedules = schedules
        self._submissions = submissions
        self._notifier = notifier
        self._late = timedelta(seconds=late_seconds)

    def tick(self) -> int:
        """Fire what is due; how many schedules were. Safe to run twice at once."""
        found = self._due.due()
        for due in found:
            try:
                self._fire_due(due.tenant_id, due.id)
            except Exception:  # one schedule's trouble is not the others'
                log.exception("schedule_crashed", extra={"schedule_id": due.id})
                self._postpone(due)
        return len(found)

    def _postpone(self, due: Due) -> None:
        """Let others go first: as many broken ones as a tick takes would stop all the rest.

        The moment stays to be fired, and the wait doubles with the time that is lost.
        """
        expected = due.next_fire_at + jitter(due.id, due.next_fire_at, due.jitter_seconds)
        try:
            self._schedules.postpone(due, expected, *AFTER_A_CRASH)
        except Exception:  # Postgres is away; the next tick tries again
            log.exception("schedule_not_postponed", extra={"schedule_id": due.id})

    def trigger(
        self, principal: Principal, schedule_id: str, key: str | None = None
    ) -> tuple[Fire, bool]:
        """Fire now, by hand, whatever the rule and the overlap say; whether `key` had done so.

        Raises NotFound, InvalidInput (the template's job is refused), RateLimited, Conflict.
        """
        schedule = self._schedules.get(principal.tenant_id, schedule_id)
        if schedule is None:
            raise NotFound("no such schedule")
        before = self._triggered(principal, schedule_id, key)
        if before is not None:
            return before, True
        # Before the transaction: what this asks of Postgres takes a connection of its own, and
        # as many triggers as the pool has connections would wait for each other for good.
        moment = utcnow()
        job_id, job = self._job(schedule, moment)
        fire = _fire(
            schedule, moment, "fired", trigger="manual", job_id=job_id, idempotency_key=key
        )
        with self._schedules.firing(principal.tenant_id, schedule_id, by_hand=True) as firing:
            if firing is None:
                raise NotFound("no such schedule")
            made = firing.record(fire, job)
        if made is not None:
            self._notifier.send(OUTBOX)
            return made, False
        before = self._triggered(principal, schedule_id, key)
        if before is None:
            raise Conflict("it was triggered at this very moment")
        return before, True

    def _triggered(self, principal: Principal, schedule_id: str, key: str | None) -> Fire | None:
        if key is None:
            return None
        return self._schedules.triggered(principal.tenant_id, schedule_id, key)

    def _fire_due(self, tenant_id: UUID, schedule_id: str) -> None:
        canceled: list[str] = []
        with self._schedules.firing(tenant_id, schedule_id) as firing:
            if firing is None:  # another tick has it, or had it
                return
            passed = _passed(firing)
            missed, wanted = _divide(firing, passed, self._late)
            if len(passed) >= MOST_MOMENTS:  # the newest are left, with room for any cap
                passed = missed = passed[:-MOST_CAUGHT_UP]
                wanted = []
            if missed:
                count = {"code": "missed", "message": f"{len(missed)} moments went by unfired"}
                firing.record(_fire(firing.schedule, missed[-1], "missed", error=count), None)
            for moment in wanted:
                canceled += self._overlapping(firing, moment)
                firing.schedule = replace(firing.schedule, last_fire_at=moment)
            firing.advance(*upcoming(firing.schedule, passed[-1]), passed[-1])
            crash_point("schedule.inserted")
        crash_point("schedule.fired")
        self._notifier.send(OUTBOX)
        for job_id in canceled:
            self._notifier.send(CANCELS, job_id)

    def _overlapping(self, firing: Firing, moment: datetime) -> list[str]:
        """Fire one moment under the overlap rule; the jobs that were canceled for it."""
        before = [] if firing.schedule.overlap == "allow" else firing.open_jobs()
        if before and firing.schedule.overlap == "skip":
            reason = {"code": "overlap", "message": f"job {before[0]} has not ended"}
            firing.record(_fire(firing.schedule, moment, "skipped", error=reason), None)
            return []
        made = firing.record(*self._prepare(firing.schedule, moment))
        if made is None or made.status != "fired":  # no job takes their place
            return []
        for job_id in before:
            firing.cancel(job_id)
        return before

    def _prepare(self, schedule: Schedule, moment: datetime) -> tuple[Fire, Statement | None]:
        """The fire of a moment and what writes its job, nothing written yet."""
        try:
            job_id, job = self._job(schedule, moment)
        except (InvalidInput, RateLimited) as error:
            told: dict[str, Any] = {"code": error.code, "message": error.detail}
            if isinstance(error, InvalidInput):
                told["errors"] = [{"pointer": f.pointer, "detail": f.detail} for f in error.errors]
            return _fire(schedule, moment, "refused", error=told), None
        return _fire(schedule, moment, "fired", job_id=job_id), job

    def _job(self, schedule: Schedule, moment: datetime) -> tuple[str, Statement]:
        """The id of a moment's job and what writes it. Raises InvalidInput, RateLimited."""
        principal = Principal(
            tenant_id=schedule.tenant_id, key_id=schedule.id, scopes=frozenset({"jobs:write"})
        )
        self._submissions.check_room(principal)
        try:
            submission = submission_of(schedule.job, values_of(schedule, moment))
            # A schedule is held meanwhile: no name server may keep it.
            job, plan = self._submissions.accept(principal, submission, resolve=False)
        except InvalidInput as error:
            self._submissions.leave_room(principal)
            at = [FieldError(f"/job{f.pointer}", f.detail) for f in error.errors]
            raise InvalidInput(error.detail, at) from None
        return job.id, insertion(job, plan, None)


def _fire(
    schedule: Schedule, moment: datetime, status: str, *, trigger: str = "schedule", **more: Any
) -> Fire:
    return Fire(schedule_id=schedule.id, fire_at=moment, trigger=trigger, status=status, **more)


def _passed(firing: Firing) -> list[datetime]:
    """The moments from the next one on that are due by now."""
    schedule, now = firing.schedule, firing.now
    assert schedule.next_fire_at is not None

    def due(moment: datetime) -> bool:
        return moment + jitter(schedule.id, moment, schedule.jitter_seconds) <= now

    rest = takewhile(due, moments(rule_of(schedule), schedule.next_fire_at))
    found = [schedule.next_fire_at]
    for moment in rest:
        found.append(moment)
        if len(found) >= MOST_MOMENTS:
            break
    return found


def _divide(
    firing: Firing, passed: Sequence[datetime], late_by: timedelta
) -> tuple[list[datetime], list[datetime]]:
    """The moments that are only told of, and those that fire."""
    schedule = firing.schedule
    edge = firing.now - late_by - timedelta(seconds=schedule.jitter_seconds)
    late = [m for m in passed if m < edge]
    fresh = [m for m in passed if m >= edge]
    keep = {"skip": 0, "latest": 0 if fresh else 1, "all": schedule.catch_up_cap}[schedule.catch_up]
    cut = max(0, len(late) - keep)
    return late[:cut], [*late[cut:], *fresh]
