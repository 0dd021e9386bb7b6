"""What the reconciler looks for. Runs as the system role, across tenants."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import sql

from app.infra.ids import new_id
from app.infra.postgres import Database
from app.repositories.records import FromRow

PRIORITY = "CASE j.priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END"
# Stages whose worker went silent, given back; those past the cap are left for `worn_out`.
EXPIRED_LEASES = f"""
WITH late AS (
    SELECT id FROM stages WHERE status = 'running' AND lease_until < now()
      AND recoveries < %(cap)s ORDER BY lease_until LIMIT 500 FOR UPDATE SKIP LOCKED),
again AS (
    UPDATE stages s SET status = 'pending', lease_until = NULL, recoveries = recoveries + 1,
        dispatched_at = NULL, dispatches = 0, available_at = now(), queued_at = now()
    FROM late WHERE s.id = late.id RETURNING s.*)
INSERT INTO outbox (tenant_id, job_id, stage_id, lane, deployment, tokens, priority)
SELECT a.tenant_id, a.job_id, a.id, a.lane, a.deployment, a.tokens, {PRIORITY}
FROM again a JOIN jobs j ON j.tenant_id = a.tenant_id AND j.id = a.job_id RETURNING stage_id"""
WORN_OUT = """
SELECT tenant_id, id AS stage_id FROM stages WHERE recoveries >= %(cap)s
  AND status = 'running' AND lease_until < now() LIMIT 100"""
WAITING = """
SELECT lane, count(*) AS stages FROM stages WHERE status = 'pending'
  AND dispatched_at < now() - make_interval(secs => %(age)s) GROUP BY lane"""
REDISPATCH = f"""
WITH lost AS (
    SELECT id FROM stages WHERE status = 'pending' AND ready AND lane = ANY(%(lanes)s)
      AND dispatched_at < now() - make_interval(secs => %(age)s)
    ORDER BY dispatched_at LIMIT 1000 FOR UPDATE SKIP LOCKED),
again AS (
    UPDATE stages s SET dispatched_at = NULL FROM lost WHERE s.id = lost.id RETURNING s.*)
INSERT INTO outbox (tenant_id, job_id, stage_id, lane, deployment, tokens, priority)
SELECT a.tenant_id, a.job_id, a.id, a.lane, a.deployment, a.tokens, {PRIORITY}
FROM again a JOIN jobs j ON j.tenant_id = a.tenant_id AND j.id = a.job_id
WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.tenant_id = a.tenant_id AND o.stage_id = a.id
                  AND o.available_at <= now())
RETURNING stage_id"""
# Ready, never handed to the broker, and no message on its way: nothing else would start it.
FORGOTTEN = f"""
INSERT INTO outbox (tenant_id, job_id, stage_id, lane, deployment, tokens, priority)
SELECT s.tenant_id, s.job_id, s.id, s.lane, s.deployment, s.tokens, {PRIORITY}
FROM stages s JOIN jobs j ON j.tenant_id = s.tenant_id AND j.id = s.job_id
WHERE s.status = 'pending' AND s.ready AND s.dispatched_at IS NULL AND s.item_index IS NULL
  AND s.available_at < now() - make_interval(secs => %(age)s)
  AND s.queued_at < now() - make_interval(secs => %(age)s)
  AND j.status IN ('queued', 'running')
  AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.tenant_id = s.tenant_id AND o.stage_id = s.id)
LIMIT 500 RETURNING stage_id"""
PAST_DUE = """
WITH due AS (
    SELECT id FROM jobs WHERE status IN ('queued', 'running')
      AND least(deadline, cancel_after) <= now() LIMIT 200 FOR UPDATE SKIP LOCKED),
stopped AS (
    UPDATE jobs j SET status = 'canceling', cancel_requested_at = now(),
        cancel_reason = CASE WHEN deadline <= now() THEN 'deadline' ELSE 'cancel_after' END,
        event_seq = event_seq + 1
    FROM due WHERE j.id = due.id RETURNING j.*)
SELECT tenant_id, id, event_seq, cancel_reason FROM stopped"""
TELL = """
INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
VALUES (%(event)s, %(tenant)s, %(job)s, %(sequence)s, 'job.canceling',
    json_build_object('reason', %(reason)s::text))"""
CANCELING = """
SELECT tenant_id, id AS job_id FROM jobs j WHERE status = 'canceling'
  AND cancel_requested_at < now() - interval '1 second'
  AND NOT EXISTS (SELECT 1 FROM stages s WHERE s.tenant_id = j.tenant_id AND s.job_id = j.id
                  AND s.status = 'running' AND s.lease_until >= now()) LIMIT 200"""
RELEASE_CANCELED = """
WITH released AS (
    UPDATE stages SET status = 'skipped', lease_until = NULL, ended_at = now()
    WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND status = 'running'
      AND lease_until < now() RETURNING tenant_id, id)
UPDATE usage u SET outcome = 'unknown', ended_at = now() FROM released r
WHERE u.tenant_id = r.tenant_id AND u.stage_id = r.id AND u.outcome = 'in_flight'"""
# Plans made for small tables are kept until the next ANALYZE; autovacuum takes a minute to come.
OUTGROWN = """
SELECT s.relname FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
WHERE s.n_live_tup > 4 * greatest(c.reltuples, 12)
  AND has_table_privilege(s.relid, 'MAINTAIN')"""
# By the partial index of the open ones alone, however many have ended.
OPEN_JOBS = """
SELECT status, count(*) AS jobs FROM jobs WHERE status IN ('queued', 'running', 'canceling')
GROUP BY status"""
IDEMPOTENCY_PAST = """
DELETE FROM idempotency_records WHERE created_at < now() - make_interval(hours => %(hours)s)"""


@dataclass(frozen=True, kw_only=True)
class JobRef(FromRow):
    tenant_id: UUID
    job_id: str


class RecoveryRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def give_back_expired(self, cap: int) -> list[str]:
        """Stages whose lease ran out, back to pending with a new message; their ids."""
        return [row["stage_id"] for row in self._db.system(EXPIRED_LEASES, {"cap": cap})]

    def worn_out(self, cap: int) -> list[tuple[UUID, str]]:
        """Stages that killed their worker too often: (tenant id, stage id)."""
        rows = self._db.system(WORN_OUT, {"cap": cap})
        return [(row["tenant_id"], row["stage_id"]) for row in rows]

    def waiting_lanes(self, age_seconds: float) -> dict[str, int]:
        """Lanes with stages handed to the broker `age_seconds` ago and not claimed."""
        rows = self._db.system(WAITING, {"age": age_seconds})
        return {row["lane"]: row["stages"] for row in rows}

    def redispatch(self, lanes: list[str], age_seconds: float) -> list[str]:
        """Write a new message for each such stage of these lanes."""
        rows = self._db.system(REDISPATCH, {"lanes": lanes, "age": age_seconds})
        return [row["stage_id"] for row in rows]

    def dispatch_forgotten(self, age_seconds: float) -> list[str]:
        return [r["stage_id"] for r in self._db.system(FORGOTTEN, {"age": age_seconds})]

    def stop_past_due(self) -> list[JobRef]:
        """Jobs past their deadline or Cancel-After, now canceling."""
        with self._db.connection() as connection, connection.transaction():
            rows = connection.execute(PAST_DUE).fetchall()
            for row in rows:
                values: dict[str, Any] = {
                    "event": new_id("evt"),
                    "tenant": row["tenant_id"],
                    "job": row["id"],
                    "sequence": row["event_seq"],
                    "reason": row["cancel_reason"],
                }
                connection.execute(TELL, values)
        return [JobRef(tenant_id=row["tenant_id"], job_id=row["id"]) for row in rows]

    def canceling(self) -> list[JobRef]:
        """Canceling jobs that no live worker holds."""
        return [JobRef.of(row) for row in self._db.system(CANCELING)]

    def release_canceled(self, job: JobRef) -> None:
        """Take a canceling job's stages from workers that went silent."""
        self._db.system(RELEASE_CANCELED, {"tenant": job.tenant_id, "job": job.job_id})

    def analyze_outgrown(self) -> int:
        """Count anew the tables that have grown past what the planner knows of them; how many."""
        with self._db.connection() as connection:
            version = connection.info.server_version
            found = connection.execute(OUTGROWN).fetchall() if version >= 170_000 else []
            for row in found:
                connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(row["relname"])))
        return len(found)

    def open_jobs(self) -> dict[str, int]:
        """Jobs that have not ended, by status; of all tenants."""
        return {row["status"]: row["jobs"] for row in self._db.system(OPEN_JOBS)}

    def forget_idempotency(self, hours: int) -> None:
        self._db.system(IDEMPOTENCY_PAST, {"hours": hours})
