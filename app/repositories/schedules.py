"""Schedules, and the transaction that fires one."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from app.infra.ids import new_id
from app.infra.postgres import Connection, Database, Statement
from app.repositories.job_changes import CANCEL
from app.repositories.schedule_records import Due, Fire, Schedule

FIELDS = (
    *("name", "cron", "interval_seconds", "timezone", "job", "catch_up", "catch_up_cap"),
    *("overlap", "jitter_seconds", "starts_at", "ends_at", "enabled", "next_fire_at", "due_at"),
)
INSERT = f"""
INSERT INTO schedules (id, tenant_id, created_at, {", ".join(FIELDS)})
SELECT %(id)s, %(tenant)s, %(created_at)s, {", ".join(f"%({f})s" for f in FIELDS)}
WHERE (SELECT count(*) FROM schedules WHERE tenant_id = %(tenant)s) < %(most)s RETURNING *"""
GET = "SELECT * FROM schedules WHERE tenant_id = %(tenant)s AND id = %(id)s"
PAGE = """
SELECT * FROM schedules WHERE tenant_id = %(tenant)s AND id > %(after)s
ORDER BY id LIMIT %(limit)s"""
UPDATE = """
UPDATE schedules SET {columns}, updated_at = now()
WHERE tenant_id = %(tenant)s AND id = %(id)s RETURNING *"""
DELETE = "DELETE FROM schedules WHERE tenant_id = %(tenant)s AND id = %(id)s RETURNING *"
FIRES = """
SELECT * FROM schedule_fires WHERE tenant_id = %(tenant)s AND schedule_id = %(id)s
  AND (fire_at, trigger) < (%(moment)s, %(trigger)s)
ORDER BY fire_at DESC, trigger DESC LIMIT %(limit)s"""
DUE = """
SELECT tenant_id, id, next_fire_at, jitter_seconds FROM schedules
WHERE enabled AND due_at <= now() ORDER BY due_at LIMIT 200"""
# The database's clock decides, and the row's lock: a second tick passes by.
TAKE = """
SELECT *, now() AS now FROM schedules WHERE tenant_id = %(tenant)s AND id = %(id)s
  AND enabled AND due_at <= now() FOR UPDATE SKIP LOCKED"""
TAKE_BY_HAND = """
SELECT *, now() AS now FROM schedules WHERE tenant_id = %(tenant)s AND id = %(id)s FOR UPDATE"""
RECORD = """
INSERT INTO schedule_fires
    (tenant_id, schedule_id, fire_at, trigger, status, job_id, error, idempotency_key)
VALUES (%(tenant)s, %(id)s, %(fire_at)s, %(trigger)s, %(status)s, %(job)s, %(error)s::json,
    %(idempotency_key)s)
ON CONFLICT DO NOTHING RETURNING *"""
TRIGGERED = """
SELECT * FROM schedule_fires WHERE tenant_id = %(tenant)s AND schedule_id = %(id)s
  AND idempotency_key = %(key)s"""
POSTPONE = """
UPDATE schedules SET due_at = now() + least(make_interval(secs => %(most)s),
    greatest(make_interval(secs => %(least)s), now() - %(expected)s))
WHERE tenant_id = %(tenant)s AND id = %(id)s AND due_at <= now()"""
OPEN_JOBS = """
SELECT j.id FROM schedule_fires f
JOIN jobs j ON j.tenant_id = f.tenant_id AND j.id = f.job_id
WHERE f.tenant_id = %(tenant)s AND f.schedule_id = %(id)s AND f.status = 'fired'
  AND f.fire_at > now() - interval '30 days' AND j.status IN ('queued', 'running', 'canceling')"""
ADVANCE = """
UPDATE schedules SET next_fire_at = %(next)s, due_at = %(due)s, last_fire_at = %(last)s
WHERE tenant_id = %(tenant)s AND id = %(id)s"""


class Firing:
    """A schedule held by this transaction, while its fires are decided."""

    def __init__(self, connection: Connection, schedule: Schedule, now: datetime) -> None:
        self._connection = connection
        self.schedule = schedule
        self.now = now  # by the database's clock
        self._ids = {"tenant": schedule.tenant_id, "id": schedule.id}

    def open_jobs(self) -> list[str]:
        """Jobs that earlier fires began and that have not ended."""
        rows = self._connection.execute(OPEN_JOBS, self._ids).fetchall()
        return [row["id"] for row in rows]

    def cancel(self, job_id: str) -> None:
        """Ask for a job's cancellation; the reconciler ends it."""
        params = {**self._ids, "job": job_id, "event": new_id("evt")}
        params["data"] = '{"reason": "schedule"}'
        self._connection.execute(CANCEL, params)

    def record(self, fire: Fire, job: Statement | None) -> Fire | None:
        """Write a fire and its job; None, and nothing, when that moment was on record."""
        params = {
            **self._ids,
            "fire_at": fire.fire_at,
            "trigger": fire.trigger,
            "status": fire.status,
            "job": fire.job_id,
            "error": json.dumps(fire.error) if fire.error else None,
            "idempotency_key": fire.idempotency_key,
        }
        row = self._connection.execute(RECORD, params).fetchone()
        if row is not None and job is not None:
            self._connection.execute(*job)
        return Fire.of(row) if row else None

    def advance(self, next_at: datetime | None, due: datetime | None, last: datetime) -> None:
        """When it fires next; None: never again."""
        self._connection.execute(ADVANCE, {**self._ids, "next": next_at, "due": due, "last": last})


class ScheduleRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def insert(
        self, tenant_id: UUID, values: Mapping[str, Any], created_at: datetime, most: int
    ) -> Schedule | None:
        """The new schedule; None when the tenant has `most` already."""
        params = {**_dumped(values), "tenant": tenant_id, "created_at": created_at, "most": most}
        row = self._db.one(tenant_id, INSERT, params)
        return Schedule.of(row) if row else None

    def get(self, tenant_id: UUID, schedule_id: str) -> Schedule | None:
        row = self._db.one(tenant_id, GET, {"tenant": tenant_id, "id": schedule_id})
        return Schedule.of(row) if row else None

    def page(self, tenant_id: UUID, after: str, limit: int) -> list[Schedule]:
        params = {"tenant": tenant_id, "after": after, "limit": limit}
        return [Schedule.of(row) for row in self._db.all(tenant_id, PAGE, params)]

    def update(
        self, tenant_id: UUID, schedule_id: str, changes: Mapping[str, Any]
    ) -> Schedule | None:
        """Write those of FIELDS that are named: another's change at once is kept, and a tick's."""
        text = UPDATE.format(columns=", ".join(f"{f} = %({f})s" for f in FIELDS if f in changes))
        params = {**_dumped(changes), "tenant": tenant_id, "id": schedule_id}
        row = self._db.one(tenant_id, text, params)
        return Schedule.of(row) if row else None

    def delete(self, tenant_id: UUID, schedule_id: str) -> Schedule | None:
        row = self._db.one(tenant_id, DELETE, {"tenant": tenant_id, "id": schedule_id})
        return Schedule.of(row) if row else None

    def fires(
        self, tenant_id: UUID, schedule_id: str, before: tuple[datetime, str], limit: int
    ) -> list[Fire]:
        """Newest first; those before a (moment, trigger), which is their key."""
        params = {"tenant": tenant_id, "id": schedule_id, "limit": limit}
        params |= {"moment": before[0], "trigger": before[1]}
        return [Fire.of(row) for row in self._db.all(tenant_id, FIRES, params)]

    def triggered(self, tenant_id: UUID, schedule_id: str, key: str) -> Fire | None:
        """The fire that a trigger with this idempotency key made."""
        params = {"tenant": tenant_id, "id": schedule_id, "key": key}
        row = self._db.one(tenant_id, TRIGGERED, params)
        return Fire.of(row) if row else None

    def postpone(self, due: Due, expected: datetime, least: float, most: float) -> None:
        """Look at a schedule that is due again later; its next moment stays what it is.

        It waits once more as long as it has waited since `expected`, `least` to `most` seconds.
        """
        params = {"tenant": due.tenant_id, "id": due.id, "expected": expected}
        self._db.run(due.tenant_id, [(POSTPONE, {**params, "least": least, "most": most})])

    def due(self) -> list[Due]:
        """What should have fired by now. For the system role."""
        return [Due.of(row) for row in self._db.system(DUE)]

    @contextmanager
    def firing(
        self, tenant_id: UUID, schedule_id: str, *, by_hand: bool = False
    ) -> Iterator[Firing | None]:
        """Hold a schedule that is due (or any, by hand) for one transaction; None: it is not."""
        with self._db.tenant(tenant_id) as connection:
            params = {"tenant": tenant_id, "id": schedule_id}
            row = connection.execute(TAKE_BY_HAND if by_hand else TAKE, params).fetchone()
            yield Firing(connection, Schedule.of(row), row["now"]) if row else None


def _dumped(values: Mapping[str, Any]) -> dict[str, Any]:
    if "job" not in values:
        return dict(values)
    return {**values, "job": json.dumps(values["job"], ensure_ascii=False)}
