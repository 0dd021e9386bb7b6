"""Schedules as their owners manage them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from app.errors import Conflict, FieldError, InvalidInput, NotFound
from app.infra.clock import utcnow
from app.infra.ids import new_id
from app.repositories.schedule_records import Fire, Schedule
from app.repositories.schedules import FIELDS, ScheduleRepository
from app.services.gaps import jitter_faults
from app.services.job_templates import submission_of, values_of
from app.services.moments import faults, jitter, moments, rule_of
from app.services.principals import Principal
from app.services.submissions import SubmissionService

MOST = 1000  # schedules of a tenant
SHOWN = 5  # next moments in an answer
TIMING = {"cron", "interval_seconds", "timezone", "starts_at", "ends_at"}
SWITCHES = {"enabled", "name"}  # may change whatever has become of the rest


class ScheduleService:
    def __init__(self, *, schedules: ScheduleRepository, submissions: SubmissionService) -> None:
        self._schedules = schedules
        self._submissions = submissions

    def create(self, principal: Principal, given: Mapping[str, Any]) -> Schedule:
        """Raises InvalidInput with pointers (/job/... into the template); Conflict at the limit."""
        now = utcnow()
        values = {**dict.fromkeys(FIELDS), **given, "id": new_id("sch")}
        self._check(principal, _record(values, principal.tenant_id, now))
        values |= _next(_record(values, principal.tenant_id, now), now)
        made = self._schedules.insert(principal.tenant_id, values, now, MOST)
        if made is None:
            raise Conflict(f"there are {MOST} schedules, the most that may be", code="full")
        return made

    def get(self, principal: Principal, schedule_id: str) -> Schedule:
        """Raises NotFound."""
        return _found(self._schedules.get(principal.tenant_id, schedule_id))

    def list(
        self, principal: Principal, after: str | None, limit: int
    ) -> tuple[list[Schedule], bool]:
        """Oldest first; whether there are more."""
        found = self._schedules.page(principal.tenant_id, after or "", limit + 1)
        return found[:limit], len(found) > limit

    def update(
        self, principal: Principal, schedule_id: str, changes: Mapping[str, Any]
    ) -> Schedule:
        """Change what is named. A new rule, and being enabled again, count from now.

        A new job is tried at once by a moment that the old one could not fire.

        Raises NotFound, InvalidInput.
        """
        now = utcnow()
        old = self.get(principal, schedule_id)
        if not changes:
            return old
        values = dict(changes)
        for one, other in (("cron", "interval_seconds"), ("interval_seconds", "cron")):
            if changes.get(one) is not None and other not in changes:
                values[other] = None
        new = Schedule.of({**vars(old), **values})
        if changes.keys() - SWITCHES:
            self._check(principal, new, template="job" in changes or "timezone" in changes)
        if changes.keys() & TIMING or (new.enabled and not old.enabled):
            values |= _next(new, now)
        elif changes.keys() & {"jitter_seconds", "job"} and old.next_fire_at is not None:
            late = jitter(old.id, old.next_fire_at, new.jitter_seconds)
            values |= {"next_fire_at": old.next_fire_at, "due_at": old.next_fire_at + late}
        return _found(self._schedules.update(principal.tenant_id, schedule_id, values))

    def delete(self, principal: Principal, schedule_id: str) -> Schedule:
        """Gone, with its fires; their jobs stay. Raises NotFound."""
        return _found(self._schedules.delete(principal.tenant_id, schedule_id))

    def fires(
        self,
        principal: Principal,
        schedule_id: str,
        before: tuple[datetime, str] | None,  # a fire's moment and trigger; "": before the moment
        limit: int,
    ) -> tuple[Sequence[Fire], bool]:
        """Newest first; whether there are more. Raises NotFound."""
        self.get(principal, schedule_id)
        until = before or (datetime.max.replace(tzinfo=utcnow().tzinfo), "")
        found = self._schedules.fires(principal.tenant_id, schedule_id, until, limit + 1)
        return found[:limit], len(found) > limit

    def _check(self, principal: Principal, schedule: Schedule, *, template: bool = True) -> None:
        wrong = faults(rule_of(schedule))
        if (schedule.cron is None) == (schedule.interval_seconds is None):
            wrong.append(FieldError("/cron", "either cron or interval_seconds is needed, not both"))
        wrong = wrong or jitter_faults(rule_of(schedule), schedule.jitter_seconds, utcnow())
        if wrong:
            raise InvalidInput("the schedule cannot be kept", wrong)
        if not template:
            return
        try:
            submission = submission_of(schedule.job, values_of(schedule, utcnow()))
            self._submissions.accept(principal, submission)
        except InvalidInput as error:
            at = [FieldError(f"/job{f.pointer}", f.detail) for f in error.errors]
            raise InvalidInput("the schedule's job could not be accepted", at) from None


def next_fires(schedule: Schedule, after: datetime) -> list[datetime]:
    """The next five moments, without jitter; none while it is disabled."""
    if not schedule.enabled:
        return []
    return list(islice(moments(rule_of(schedule), after), SHOWN))


def upcoming(schedule: Schedule, after: datetime) -> tuple[datetime | None, datetime | None]:
    """The next nominal moment after `after`, and when it is due."""
    moment = next(moments(rule_of(schedule), after), None)
    if moment is None:
        return None, None
    return moment, moment + jitter(schedule.id, moment, schedule.jitter_seconds)


def _next(schedule: Schedule, now: datetime) -> dict[str, datetime | None]:
    moment, due = upcoming(schedule, now)
    return {"next_fire_at": moment, "due_at": due}


def _record(values: Mapping[str, Any], tenant_id: UUID, now: datetime) -> Schedule:
    stamps = {"tenant_id": tenant_id, "created_at": now, "updated_at": now}
    return Schedule.of({**values, **stamps, "last_fire_at": None})


def _found(schedule: Schedule | None) -> Schedule:
    if schedule is None:
        raise NotFound("no such schedule")
    return schedule
