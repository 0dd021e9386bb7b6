"""Writes an accepted job: record, stages, join, outbox row and event, in one transaction."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.infra.ids import new_id
from app.infra.postgres import Database, Statement
from app.repositories.records import PRIORITIES, Job
from app.repositories.resubmission import (
    READ_RECORD,
    Accepted,
    Cooldown,
    IdempotencyKey,
    first_of,
    keep,
    recorded,
)

# For a transaction that has entered its tenant.
INSERT = """
WITH entered AS MATERIALIZED (SELECT true),
job AS (
    INSERT INTO jobs (id, tenant_id, pipeline, pipeline_version, status, priority, input, metadata,
        request_id, traceparent, created_at, deadline, cancel_after, webhook_url, key_id,
        fingerprint, event_seq)
    SELECT %(id)s, %(tenant_id)s, %(pipeline)s, %(pipeline_version)s, 'queued', %(priority)s,
        %(input)s::json, %(metadata)s::json, %(request_id)s, %(traceparent)s, %(created_at)s,
        %(deadline)s, %(cancel_after)s, %(webhook_url)s, %(key_id)s,
        %(fingerprint)s, 1 FROM entered),
laid AS (
    INSERT INTO stages (id, tenant_id, job_id, name, position, item_index, item, next_id, join_id,
        lane, ready, deployment, tokens, queued_at)
    SELECT r.id, %(tenant_id)s, %(id)s, r.name, r.position, r.item_index, r.item, r.next_id,
        r.join_id, r.lane, r.ready, r.deployment, r.tokens, CASE WHEN r.ready THEN now() END
    FROM entered, json_to_recordset(%(stages)s::json) AS r (id text, name text, position smallint,
        item_index integer, item json, next_id text, join_id text, lane text, ready boolean,
        deployment text, tokens integer)),
joined AS (
    INSERT INTO joins (id, tenant_id, job_id, stage_id, policy, total, remaining)
    SELECT %(join)s, %(tenant_id)s, %(id)s, %(body)s, %(policy)s, %(total)s, %(total)s
    FROM entered WHERE %(join)s::text IS NOT NULL),
sent AS (
    INSERT INTO outbox (tenant_id, job_id, stage_id, lane, deployment, tokens, priority)
    SELECT %(tenant_id)s, %(id)s, %(first)s, %(lane)s, %(deployment)s, %(tokens)s, %(rank)s
    FROM entered)
INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
SELECT %(event)s, %(tenant_id)s, %(id)s, 1, 'job.queued', '{"status": "queued"}' FROM entered"""
# The same as a transaction of its own, which enters the tenant by itself: several statements would
# cost the API as much again. Every row comes FROM entered, so row-level security, which checks
# each row, finds the tenant set; in any other order it would refuse the rows.
INSERT_ALONE = INSERT.replace("SELECT true", "SELECT enter_tenant(%(tenant_id)s)", 1)


@dataclass(frozen=True, kw_only=True)
class NewStage:
    """A stage as the pipeline lays it out; exactly one of a chain starts ready."""

    id: str
    name: str
    position: int
    lane: str
    item_index: int | None = None
    item: dict[str, Any] | None = None
    next_id: str | None = None
    join_id: str | None = None
    ready: bool = False
    deployment: str = ""  # provider/model that it asks, or any of several; "": none
    tokens: int = 0  # of such a call, estimated


@dataclass(frozen=True, kw_only=True)
class NewJoin:
    id: str
    stage_id: str  # the body
    policy: str
    total: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All stages of a job, the join if it has one, and the stage that the relay starts."""

    stages: Sequence[NewStage]
    first: NewStage
    join: NewJoin | None = None


class SubmissionRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def insert(self, job: Job, plan: Plan, cancel_after: Any) -> None:
        """Store a job that has neither an idempotency key nor a cooldown: one statement."""
        self._db.alone(INSERT_ALONE, _values(job, plan, cancel_after))

    def knows(self, tenant_id: UUID, key: str) -> bool:
        """Whether an answer is stored under this idempotency key."""
        return self._db.one(tenant_id, READ_RECORD, {"tenant": tenant_id, "key": key}) is not None

    def insert_once(
        self,
        job: Job,
        plan: Plan,
        cancel_after: Any,
        *,
        idempotency: IdempotencyKey | None,
        cooldown: Cooldown | None,
        render: Callable[[Job], str],
        room: bool = True,
    ) -> Accepted:
        """Store the job, unless its key or its question was answered before: then say with what.

        Without `room` no job is stored. `render` makes the answer, which is kept for replays of
        the key. Raises Unavailable.
        """
        answer = render(job)
        with self._db.tenant(job.tenant_id) as connection:
            if idempotency is not None:
                before = recorded(connection, job.tenant_id, idempotency)
                if before is not None:
                    return before
            first = None
            if cooldown is not None:
                first = first_of(connection, job.tenant_id, cooldown)
            if first is None and not room:
                return Accepted(kind="full")
            if first is None:
                values = _values(job, plan, cancel_after)
                values["fingerprint"] = cooldown and cooldown.fingerprint
                connection.execute(INSERT, values)
            else:
                answer = render(first)
            if idempotency is not None:
                found, was = first or job, first is not None
                keep(connection, found, idempotency, answer, deduplicated=was)
        kind = "stored" if first is None else "deduplicated"
        return Accepted(kind=kind, answer=answer, first=first)


def insertion(job: Job, plan: Plan, cancel_after: Any) -> Statement:
    """What writes an accepted job, for a transaction that has entered its tenant."""
    return INSERT, _values(job, plan, cancel_after)


def _values(job: Job, plan: Plan, cancel_after: Any) -> dict[str, Any]:
    join = plan.join
    return {
        **_job_values(job, cancel_after),
        "stages": json.dumps([vars(stage) for stage in plan.stages]),
        "first": plan.first.id,
        "lane": plan.first.lane,
        "deployment": plan.first.deployment,
        "tokens": plan.first.tokens,
        "rank": PRIORITIES[job.priority],
        "event": new_id("evt"),
        "join": join and join.id,
        "body": join and join.stage_id,
        "policy": join and join.policy,
        "total": join and join.total,
        "fingerprint": None,
    }


def _job_values(job: Job, cancel_after: Any) -> dict[str, Any]:
    return {
        **{f: getattr(job, f) for f in ("id", "tenant_id", "pipeline", "pipeline_version")},
        **{f: getattr(job, f) for f in ("priority", "request_id", "traceparent", "created_at")},
        "input": json.dumps(job.input, ensure_ascii=False),
        "metadata": json.dumps(job.metadata, ensure_ascii=False),
        "deadline": job.deadline,
        "webhook_url": job.webhook_url,
        "key_id": job.key_id,
        "cancel_after": cancel_after,
    }
