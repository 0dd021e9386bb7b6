"""Reads jobs, and the writes that a client asks for: cancel and retry."""

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from app.infra.ids import new_id
from app.infra.postgres import Database
from app.repositories.job_changes import (
    CANCEL,
    RETRY_JOB,
    RETRY_JOIN,
    RETRY_STAGES,
    RETRY_START,
    SETTLE_CANCEL,
    SKIP_PENDING,
)
from app.repositories.records import PRIORITIES, Call, Job, Stage, UsageTotals

# Without the input, which may hold many megabytes of pictures.
JOB = ", ".join(f"j.{f.name}" for f in fields(Job) if f.name not in ("input", "progress"))
SELECT_JOB = f"""
SELECT {JOB}, CASE WHEN n.id IS NULL THEN NULL ELSE json_build_object('total', n.total,
    'succeeded', n.succeeded, 'failed', n.failed, 'remaining', n.remaining) END AS progress
FROM jobs j LEFT JOIN joins n ON n.tenant_id = j.tenant_id AND n.job_id = j.id
WHERE j.tenant_id = %(tenant)s"""
ONE_JOB = f"{SELECT_JOB} AND j.id = %(job)s"
INPUT = "SELECT input FROM jobs WHERE tenant_id = %(tenant)s AND id = %(job)s"
STAGES = """
SELECT * FROM stages WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND item_index IS NULL
ORDER BY position"""
CALLS = """
SELECT * FROM usage WHERE tenant_id = %(tenant)s AND job_id = %(job)s
ORDER BY started_at, sequence LIMIT 1000"""
TOTALS = """
SELECT count(*) AS calls, count(*) FILTER (WHERE simulated) AS simulated_calls,
    coalesce(sum(coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0)
        + coalesce(cache_write_tokens, 0)), 0)::bigint AS input_tokens,
    coalesce(sum(coalesce(output_tokens, 0) + coalesce(reasoning_tokens, 0)), 0)::bigint
        AS output_tokens,
    CASE WHEN bool_or(price_source = 'unpriced') THEN NULL
         ELSE sum(cost_micros)::bigint END AS cost_micros
FROM usage WHERE tenant_id = %(tenant)s AND job_id = %(job)s"""
ITEMS = """
SELECT item FROM stages WHERE tenant_id = %(tenant)s AND job_id = %(job)s
  AND item_index > %(after)s ORDER BY item_index LIMIT %(limit)s"""
# Of the item only what a result tells of it.
STAGE = ", ".join(f"s.{f.name}" for f in fields(Stage) if f.name != "item")
RESULTS = f"""
SELECT {STAGE}, json_strip_nulls(json_build_object('id', i.id, 'start', i.start, 'end', i."end"))
    AS item
FROM stages s, LATERAL json_to_record(coalesce(s.item, '{{}}'))
    AS i (id text, start integer, "end" integer)
WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND item_index > %(after)s
ORDER BY item_index LIMIT %(limit)s"""
# How many of the tenant's messages leave before this job's, to its deployment, and itself.
QUEUE_POSITION = """
WITH mine AS (
    SELECT * FROM outbox WHERE tenant_id = %(tenant)s AND job_id = %(job)s ORDER BY id LIMIT 1)
SELECT (SELECT count(*) FROM (
    SELECT 1 FROM outbox o WHERE o.tenant_id = %(tenant)s AND o.lane = m.lane
      AND o.deployment = m.deployment
      AND (o.priority, o.available_at, o.id) <= (m.priority, m.available_at, m.id)
    LIMIT %(most)s) ahead) AS position
FROM mine m"""


class JobRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, tenant_id: UUID, job_id: str) -> Job | None:
        row = self._db.one(tenant_id, ONE_JOB, {"tenant": tenant_id, "job": job_id})
        return Job.of(row) if row else None

    def input(self, tenant_id: UUID, job_id: str) -> dict[str, Any]:
        """What the job was given; {} when there is none."""
        row = self._db.one(tenant_id, INPUT, {"tenant": tenant_id, "job": job_id})
        return row["input"] if row else {}

    def items(
        self, tenant_id: UUID, job_id: str, after: int, limit: int
    ) -> list[dict[str, Any] | None]:
        """What a batch's items were given, from the one after index `after`."""
        params = {"tenant": tenant_id, "job": job_id, "after": after, "limit": limit}
        return [row["item"] for row in self._db.all(tenant_id, ITEMS, params)]

    def detail(
        self, tenant_id: UUID, job_id: str
    ) -> tuple[Job, list[Stage], list[Call], UsageTotals] | None:
        """A job, its stages without the items, its calls (at most 1,000) and their totals."""
        params = {"tenant": tenant_id, "job": job_id}
        # The job last: if it is not erased then, the others were read whole.
        texts = (STAGES, CALLS, TOTALS, ONE_JOB)
        stages, calls, totals, jobs = self._db.run(tenant_id, [(t, params) for t in texts])
        if not jobs:
            return None
        return (
            Job.of(jobs[0]),
            [Stage.of(s) for s in stages],
            [Call.of(c) for c in calls],
            UsageTotals.of(totals[0]),
        )

    def queue_position(self, tenant_id: UUID, job_id: str, most: int) -> int:
        """1: the next of its tenant on its lane; 0: at the broker; `most` for any place past it."""
        params = {"tenant": tenant_id, "job": job_id, "most": most}
        row = self._db.one(tenant_id, QUEUE_POSITION, params)
        return row["position"] if row else 0

    def page(
        self,
        tenant_id: UUID,
        limit: int,
        after: tuple[datetime, str] | None,
        status: str | None,
        pipeline: str | None,
    ) -> list[Job]:
        """Newest first."""
        text = f"{SELECT_JOB} AND j.erased_at IS NULL"
        params: dict[str, Any] = {"tenant": tenant_id, "limit": limit}
        wanted: dict[str, Any] = {"status": status, "pipeline": pipeline}
        for column, value in wanted.items():
            if value is not None:
                text += f" AND j.{column} = %({column})s"
                params[column] = value
        if after is not None:
            text += " AND (j.created_at, j.id) < (%(created)s, %(id)s)"
            params |= {"created": after[0], "id": after[1]}
        text += " ORDER BY j.created_at DESC, j.id DESC LIMIT %(limit)s"
        return [Job.of(row) for row in self._db.all(tenant_id, text, params)]

    def results(self, tenant_id: UUID, job_id: str, after: int, limit: int) -> list[Stage]:
        """Item stages by index, from the one after `after`; of an item {id} or {start, end}."""
        params = {"tenant": tenant_id, "job": job_id, "after": after, "limit": limit}
        return [Stage.of(row) for row in self._db.all(tenant_id, RESULTS, params)]

    def request_cancel(self, tenant_id: UUID, job_id: str) -> bool:
        """Ask for cancellation; False when the job had ended or was canceling already.

        Two transactions, the job's row first: stages are never locked while it is held, so a
        finishing stage cannot deadlock with this. The reconciler ends what a crash in between
        leaves.
        """
        params = {"tenant": tenant_id, "job": job_id}
        told = {"event": new_id("evt"), "data": '{"reason": "request"}'}
        asked = self._db.one(tenant_id, CANCEL, params | told)
        self.settle_cancel(tenant_id, job_id)
        return asked is not None

    def settle_cancel(self, tenant_id: UUID, job_id: str) -> bool:
        """Skip what has not started; end the job if nothing of it runs."""
        params = {"tenant": tenant_id, "job": job_id, "event": new_id("evt")}
        rows = self._db.run(tenant_id, [(SKIP_PENDING, params), (SETTLE_CANCEL, params)])
        return bool(rows[1])

    def erase(self, tenant_id: UUID, job_id: str) -> bool:
        """Erase an ended job's content; False when it has not ended, or is erased already."""
        row = self._db.one(tenant_id, "SELECT erase_own_job(%(job)s) AS done", {"job": job_id})
        return bool(row and row["done"])

    def retry(
        self, tenant_id: UUID, job_id: str, priority: str, *, lane: str, deployment: str
    ) -> bool:
        """Run an ended job again from its first undone stage; False when it cannot be.

        `lane` and `deployment`: where its stages that ask a model begin.
        """
        params = {"tenant": tenant_id, "job": job_id, "priority": PRIORITIES[priority]}
        params |= {"lane": lane, "deployment": deployment}
        with self._db.tenant(tenant_id) as connection:
            again = connection.execute(RETRY_JOB, {**params, "event": new_id("evt")}).fetchone()
            if again is None:
                return False
            for text in (RETRY_STAGES, RETRY_JOIN, RETRY_START):
                connection.execute(text, params)
        return True
