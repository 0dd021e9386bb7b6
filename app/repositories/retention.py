"""What is past its time, found and taken away in small transactions. As the system role."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.infra.postgres import Database
from app.repositories.jobs import INPUT, ITEMS
from app.repositories.records import FromRow

TENANTS = """
SELECT t.id AS tenant_id, l.input_days, l.output_days, l.event_days FROM tenants t
LEFT JOIN tenant_limits l ON l.tenant_id = t.id ORDER BY t.id"""
# A job that somebody works on is passed by: it is locked, or it has not ended.
PICKED = """
SELECT id FROM jobs WHERE tenant_id = %(tenant)s AND erased_at IS NULL
  AND ended_at < now() - make_interval(days => %(days)s) {also}
ORDER BY ended_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED"""
PAST = """
SELECT id, EXISTS (SELECT 1 FROM joins n WHERE n.tenant_id = %(tenant)s AND n.job_id = jobs.id)
    AS has_items
FROM jobs WHERE tenant_id = %(tenant)s AND erased_at IS NULL
  AND ended_at < now() - make_interval(days => %(days)s) {also}
ORDER BY ended_at LIMIT %(limit)s"""
CHOSEN = "AND id = ANY(%(ids)s)"
HAS_INPUT = "AND input_erased_at IS NULL"
ERASE = f"""
SELECT count(*) FILTER (WHERE erase_job(%(tenant)s, id)) AS done
FROM ({PICKED.format(also=CHOSEN)}) AS picked"""
DROP_EVENTS = f"""
WITH picked AS MATERIALIZED ({PICKED.format(also="AND events_erased_at IS NULL")}),
gone AS (
    DELETE FROM events e USING picked p WHERE e.tenant_id = %(tenant)s AND e.job_id = p.id),
marked AS (
    UPDATE jobs j SET events_erased_at = now() FROM picked p
    WHERE j.tenant_id = %(tenant)s AND j.id = p.id RETURNING 1)
SELECT count(*) AS done FROM marked"""
DROP_INPUTS = f"""
WITH picked AS MATERIALIZED ({PICKED.format(also=f"{HAS_INPUT} {CHOSEN}")}),
items AS (
    UPDATE stages s SET item = json_build_object('id', s.item -> 'id') FROM picked p
    WHERE s.tenant_id = %(tenant)s AND s.job_id = p.id AND s.item IS NOT NULL),
marked AS (
    UPDATE jobs j SET input = '{{}}', fingerprint = NULL, input_erased_at = now() FROM picked p
    WHERE j.tenant_id = %(tenant)s AND j.id = p.id RETURNING 1)
SELECT count(*) AS done FROM marked"""
DROP_FIRES = """
WITH picked AS MATERIALIZED (
    SELECT schedule_id, fire_at, trigger FROM schedule_fires WHERE tenant_id = %(tenant)s
      AND created_at < now() - make_interval(days => %(days)s)
    ORDER BY created_at LIMIT %(limit)s),
gone AS (
    DELETE FROM schedule_fires f USING picked p WHERE f.tenant_id = %(tenant)s
      AND f.schedule_id = p.schedule_id AND f.fire_at = p.fire_at AND f.trigger = p.trigger
    RETURNING 1)
SELECT count(*) AS done FROM gone"""
COUNT = """
SELECT count(*) AS due FROM jobs WHERE tenant_id = %(tenant)s AND erased_at IS NULL
  AND ended_at < now() - make_interval(days => %(days)s)"""
STATEMENTS = {"jobs": ERASE, "events": DROP_EVENTS, "inputs": DROP_INPUTS, "fires": DROP_FIRES}
ALSO = {"jobs": "", "inputs": HAS_INPUT}


@dataclass(frozen=True, kw_only=True)
class Past(FromRow):
    """A job past its time."""

    id: str
    has_items: bool


@dataclass(frozen=True, kw_only=True)
class Kept(FromRow):
    """How many days a tenant's content is kept after a job's end; None: the default."""

    tenant_id: UUID
    input_days: int | None
    output_days: int | None
    event_days: int | None


class RetentionRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def tenants(self) -> list[Kept]:
        return [Kept.of(row) for row in self._db.system(TENANTS)]

    def past(self, what: str, tenant_id: UUID, days: int, limit: int) -> list[Past]:
        """The jobs that a batch of `jobs` or `inputs` would be."""
        params = {"tenant": tenant_id, "days": days, "limit": limit}
        return [Past.of(row) for row in self._db.system(PAST.format(also=ALSO[what]), params)]

    def input(self, tenant_id: UUID, job_id: str) -> dict[str, Any]:
        """A job's; {} when it is erased."""
        rows = self._db.system(INPUT, {"tenant": tenant_id, "job": job_id})
        return rows[0]["input"] if rows else {}

    def items(self, tenant_id: UUID, job_id: str, after: int, limit: int) -> list[dict[str, Any]]:
        """A job's items by index, from the one after `after`."""
        params = {"tenant": tenant_id, "job": job_id, "after": after, "limit": limit}
        return [row["item"] for row in self._db.system(ITEMS, params)]

    def sweep(
        self, what: str, tenant_id: UUID, days: int, limit: int, ids: Sequence[str] = ()
    ) -> int:
        """Take away one batch: how many jobs lost their all, `events` or `inputs`; or `fires`.

        Of `jobs` and `inputs` only `ids`. Raises psycopg.errors.LockNotAvailable when somebody
        holds a row for two seconds.
        """
        params = {"tenant": tenant_id, "days": days, "limit": limit, "ids": list(ids)}
        with self._db.connection() as connection, connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '2s'")
            row = connection.execute(STATEMENTS[what], params).fetchone()
        return int(row["done"]) if row else 0

    def due(self, tenant_id: UUID, days: int) -> int:
        """Jobs past their time."""
        row = self._db.system(COUNT, {"tenant": tenant_id, "days": days})[0]
        return int(row["due"])
