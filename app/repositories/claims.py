"""How a task takes a stage and ends it. Every write after the claim names its epoch.

Each statement is one UPDATE (or hangs on one, as a CTE named `fenced`): a stale worker's
`fenced` is empty, and so is everything after it. Rows are named by scalar subqueries and not by
joins: a planner without fresh statistics would read every queued job for such a join.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.infra.ids import new_id
from app.infra.postgres import Database, Row, Statement
from app.repositories.records import Call, Job, Stage

CLAIM = """
WITH claimed AS (
    UPDATE stages s SET status = 'running', epoch = epoch + 1, attempts = attempts + 1,
        worker = %(worker)s, lease_until = now() + make_interval(secs => %(lease)s),
        started_at = coalesce(started_at, now())
    WHERE tenant_id = %(tenant)s AND id = %(stage)s AND status = 'pending' AND ready
      AND available_at <= now()
      AND (SELECT status FROM jobs j WHERE j.tenant_id = s.tenant_id AND j.id = s.job_id)
          IN ('queued', 'running')
    RETURNING *),
started AS (
    UPDATE jobs j SET status = 'running', started_at = now(), event_seq = event_seq + 1
    WHERE j.tenant_id = %(tenant)s AND j.id = (SELECT job_id FROM claimed) AND j.status = 'queued'
    RETURNING j.event_seq),
told AS (
    INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT %(event)s, c.tenant_id, c.job_id, s.event_seq, 'job.running',
        json_build_object('status', 'running', 'stage', c.name)
    FROM started s, claimed c)
SELECT c.*, (SELECT row_to_json(j) FROM jobs j
             WHERE j.tenant_id = c.tenant_id AND j.id = c.job_id) AS job,
    CASE WHEN c.position > 0 AND c.item_index IS NULL THEN (
        SELECT output FROM stages p WHERE p.tenant_id = c.tenant_id AND p.job_id = c.job_id
          AND p.next_id = c.id) END AS handed_over
FROM claimed c"""
LOST = """
UPDATE usage SET outcome = 'unknown', ended_at = now()
WHERE tenant_id = %(tenant)s AND stage_id = %(stage)s AND outcome = 'in_flight'
  AND EXISTS (SELECT 1 FROM stages WHERE tenant_id = %(tenant)s AND id = %(stage)s
              AND epoch = %(epoch)s)"""
CALLS = """
SELECT u.* FROM usage u JOIN jobs j ON j.tenant_id = u.tenant_id AND j.id = u.job_id
WHERE u.tenant_id = %(tenant)s AND u.stage_id = %(stage)s AND u.run = j.run ORDER BY u.sequence"""
STATUS = "SELECT status FROM stages WHERE tenant_id = %(tenant)s AND id = %(stage)s"
ALIVE = """
SELECT 1 FROM stages WHERE tenant_id = %(tenant)s AND id = %(stage)s AND epoch = %(epoch)s
  AND status = 'running' AND lease_until > now()"""
FENCE = """
    WHERE tenant_id = %(tenant)s AND id = %(stage)s AND epoch = %(epoch)s AND status = 'running'
    RETURNING *"""
END_STAGE = f"""
    UPDATE stages SET status = %(stage_status)s, output = %(output)s::json, error = %(error)s::json,
        provider = coalesce(%(provider)s, provider), model = coalesce(%(model)s, model),
        cache = %(cache)s,
        lease_until = NULL, ended_at = now(){FENCE}"""
JOB_STATUS = """(SELECT status FROM jobs j WHERE j.tenant_id = f.tenant_id AND j.id = f.job_id)"""
PASS_ON = f"""
WITH fenced AS ({END_STAGE}),
next AS (
    UPDATE stages s SET ready = true, queued_at = now(), dispatched_at = now()
    WHERE s.tenant_id = %(tenant)s AND s.id = (SELECT next_id FROM fenced)
      AND s.status = 'pending'),
bumped AS (
    UPDATE jobs j SET event_seq = event_seq + 1 WHERE j.tenant_id = %(tenant)s
      AND j.id = (SELECT job_id FROM fenced WHERE status = 'done')
    RETURNING event_seq),
told AS (
    INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT %(event)s, f.tenant_id, f.job_id, b.event_seq, 'stage.done',
        json_build_object('stage', f.name, 'provider', f.provider, 'model', f.model)
    FROM fenced f, bumped b)
SELECT {JOB_STATUS} AS job_status FROM fenced f"""
END_JOB = f"""
WITH fenced AS ({END_STAGE}),
skipped AS (
    UPDATE stages s SET status = 'skipped', ended_at = now()
    WHERE s.tenant_id = %(tenant)s AND s.job_id = (SELECT job_id FROM fenced)
      AND s.status = 'pending'),
ended AS (
    UPDATE jobs j SET ended_at = now(), event_seq = event_seq + 1, output = %(job_output)s::json,
        error = %(job_error)s::json, status = CASE WHEN j.status <> 'canceling' THEN %(job_status)s
            WHEN j.cancel_reason = 'deadline' THEN 'expired' ELSE 'canceled' END
    WHERE j.tenant_id = %(tenant)s AND j.id = (SELECT job_id FROM fenced)
      AND j.status IN ('queued', 'running', 'canceling')
    RETURNING j.event_seq, j.status, j.error),
told AS (
    INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT %(event)s, f.tenant_id, f.job_id, e.event_seq, 'job.' || e.status,
        json_build_object('status', e.status, 'error', e.error)
    FROM fenced f, ended e)
SELECT e.status AS job_status FROM fenced f, ended e"""
END_ITEM = f"""
WITH fenced AS ({END_STAGE}),
counted AS (
    UPDATE joins n SET remaining = remaining - 1,
        succeeded = succeeded + (f.status = 'done')::int,
        failed = failed + (f.status <> 'done')::int
    FROM fenced f WHERE n.tenant_id = %(tenant)s AND n.id = (SELECT join_id FROM fenced)
    RETURNING n.*),
body AS (
    UPDATE stages s SET ready = true, queued_at = now(), dispatched_at = now()
    WHERE s.tenant_id = %(tenant)s AND s.id = (SELECT stage_id FROM counted WHERE remaining = 0)
      AND s.status = 'pending' RETURNING s.*),
later AS (
    INSERT INTO outbox (tenant_id, job_id, stage_id, lane, priority, available_at)
    SELECT tenant_id, job_id, id, lane, %(priority)s,
        now() + make_interval(secs => %(grace)s) FROM body),
bumped AS (
    UPDATE jobs j SET event_seq = event_seq + 1 WHERE j.tenant_id = %(tenant)s AND j.id = (
        SELECT job_id FROM counted WHERE remaining %% greatest(1, total / 20) = 0)
    RETURNING j.event_seq),
told AS (
    INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT %(event)s, c.tenant_id, c.job_id, b.event_seq, 'job.progress', json_build_object(
        'total', c.total, 'succeeded', c.succeeded, 'failed', c.failed, 'remaining', c.remaining)
    FROM counted c, bumped b)
SELECT {JOB_STATUS} AS job_status, c.remaining FROM fenced f, counted c"""
PUT_BACK = f"""
WITH fenced AS (
    UPDATE stages SET status = 'pending', lease_until = NULL, lane = %(lane)s,
        available_at = now() + make_interval(secs => %(delay)s),
        queued_at = now() + make_interval(secs => %(delay)s), dispatched_at = NULL,
        dispatches = 0, recoveries = recoveries + %(recoveries)s, error = %(error)s::json{FENCE}),
again AS (
    INSERT INTO outbox (tenant_id, job_id, stage_id, lane, priority, available_at)
    SELECT tenant_id, job_id, id, lane, %(priority)s, available_at FROM fenced),
bumped AS (
    UPDATE jobs j SET event_seq = event_seq + 1 WHERE j.tenant_id = %(tenant)s
      AND j.id = (SELECT job_id FROM fenced WHERE item_index IS NULL)
    RETURNING event_seq),
told AS (
    INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT %(event)s, f.tenant_id, f.job_id, b.event_seq, 'stage.retrying', json_build_object(
        'stage', f.name, 'lane', f.lane, 'delay_seconds', %(delay)s::float, 'error', f.error)
    FROM fenced f, bumped b)
SELECT {JOB_STATUS} AS job_status FROM fenced f"""
TAKE = """
WITH taken AS (
    UPDATE stages SET epoch = epoch + 1, lease_until = now() + interval '30 seconds'
    WHERE tenant_id = %(tenant)s AND id = %(stage)s AND status = 'running'
      AND lease_until < now() RETURNING *)
SELECT t.*, row_to_json(j) AS job FROM taken t
JOIN jobs j ON j.tenant_id = t.tenant_id AND j.id = t.job_id"""
BEGIN_CALL = """
INSERT INTO usage (id, tenant_id, job_id, stage_id, run, sequence, choice, provider, model,
    simulated, credential, mode)
SELECT %(call)s, s.tenant_id, s.job_id, s.id, %(run)s,
    (SELECT coalesce(max(sequence), 0) + 1 FROM usage u
     WHERE u.tenant_id = s.tenant_id AND u.stage_id = s.id),
    %(choice)s, %(provider)s, %(model)s, %(simulated)s, %(credential)s, %(mode)s
FROM stages s WHERE tenant_id = %(tenant)s AND id = %(stage)s AND epoch = %(epoch)s
  AND status = 'running' RETURNING *"""
END_CALL = """
UPDATE usage SET outcome = %(outcome)s, verdict = %(verdict)s, answer = %(answer)s,
    error = %(error)s::json, request_id = %(request_id)s, input_tokens = %(input_tokens)s,
    cache_read_tokens = %(cache_read_tokens)s, cache_write_tokens = %(cache_write_tokens)s,
    output_tokens = %(output_tokens)s, reasoning_tokens = %(reasoning_tokens)s,
    cost_micros = %(cost_micros)s, price_source = %(price_source)s, latency_ms = %(latency_ms)s,
    ended_at = now()
WHERE tenant_id = %(tenant)s AND id = %(call)s AND outcome = 'in_flight' RETURNING id"""
ITEMS_LEAVING = """
UPDATE stages SET ready = true, queued_at = now(), dispatched_at = now()
WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND item_index IS NOT NULL
  AND status = 'pending' RETURNING id, lane, item_index"""
JOIN_OF = "SELECT * FROM joins WHERE tenant_id = %(tenant)s AND job_id = %(job)s"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A stage held by this worker until its lease ends."""

    tenant_id: UUID
    stage: Stage
    epoch: int
    join_id: str | None
    next_id: str | None
    job: Job
    handed_over: Any = None  # the output of the stage that this one follows in its chain
    calls: tuple[Call, ...] = ()  # of this run, oldest first


@dataclass(frozen=True, kw_only=True)
class StageEnd:
    """What a stage is left with."""

    status: str = "done"  # done | failed | skipped | dead
    output: Any = None
    error: dict[str, Any] | None = None
    provider: str | None = None
    model: str | None = None
    cache: str | None = None  # hit | miss | shared


class ClaimRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def claim(
        self, tenant_id: UUID, stage_id: str, *, worker: str, lease_seconds: float
    ) -> Claim | None:
        """Take a stage; None when it is not to be had (see `status`)."""
        params = {
            "tenant": tenant_id,
            "stage": stage_id,
            "worker": worker,
            "lease": lease_seconds,
            "event": new_id("evt"),
        }
        row = self._db.one(tenant_id, CLAIM, params, relaxed=True)
        if row is None:
            return None
        claim = _claim(tenant_id, row)
        if claim.stage.attempts == 1 and claim.job.run == 1:
            return claim  # nobody can have asked before
        params["epoch"] = claim.epoch
        calls = self._db.run(tenant_id, [(LOST, params), (CALLS, params)], relaxed=True)[1]
        return replace(claim, calls=tuple(Call.of(c) for c in calls))

    def lose_calls(self, claim: Claim) -> None:
        """Nobody will know what became of the stage's calls under way."""
        params = {"tenant": claim.tenant_id, "stage": claim.stage.id, "epoch": claim.epoch}
        self._db.run(claim.tenant_id, [(LOST, params)])

    def alive(self, tenant_id: UUID, stage_id: str, epoch: int) -> bool:
        """Whether the claim of this epoch still holds its stage."""
        params = {"tenant": tenant_id, "stage": stage_id, "epoch": epoch}
        return self._db.one(tenant_id, ALIVE, params) is not None

    def status(self, tenant_id: UUID, stage_id: str) -> str | None:
        row = self._db.one(tenant_id, STATUS, {"tenant": tenant_id, "stage": stage_id})
        return row["status"] if row else None

    def begin_call(self, claim: Claim, **choice: Any) -> Call | None:
        """Write the intent of a provider call; None when the claim was lost.

        `choice`: choice, provider, model, simulated, credential, mode.
        """
        params = {**_fence(claim), **choice, "call": new_id("use"), "run": claim.job.run}
        row = self._db.one(claim.tenant_id, BEGIN_CALL, params, relaxed=True)
        return Call.of(row) if row else None

    def end_call(self, claim: Claim, call: Call) -> bool:
        """Checkpoint a call's outcome; False when the claim was lost meanwhile."""
        return bool(self._db.run(claim.tenant_id, [_end_call(claim, call)])[0])

    def pass_on(self, claim: Claim, end: StageEnd, call: Call | None = None) -> str | None:
        """End a stage in the middle of its chain. The job's status, or None when stale."""
        return self._end(claim, PASS_ON, {**_fence(claim), **_stage(end)}, call)

    def end_item(
        self, claim: Claim, end: StageEnd, call: Call | None = None, *, grace: float, priority: int
    ) -> str | None:
        """End one item and count its join down. The job's status, or None when stale."""
        params = {**_fence(claim), **_stage(end), "grace": grace, "priority": priority}
        return self._end(claim, END_ITEM, params, call)

    def end_job(
        self, claim: Claim, end: StageEnd, *, status: str, output: Any, call: Call | None = None
    ) -> str | None:
        """End a stage and its job with it. The job's status, or None when stale."""
        params = {
            **_fence(claim),
            **_stage(end),
            "job_status": status,
            "job_output": _dump(output),
            "job_error": _dump(end.error),
        }
        return self._end(claim, END_JOB, params, call)

    def put_back(
        self,
        claim: Claim,
        *,
        lane: str,
        delay: float,
        error: dict[str, Any] | None,
        priority: int,
        recovery: bool = False,
        call: Call | None = None,
    ) -> str | None:
        """Give the stage back, to run again in `delay` seconds on `lane`."""
        params = {
            **_fence(claim),
            "lane": lane,
            "delay": delay,
            "error": _dump(error),
            "priority": priority,
            "recoveries": int(recovery),
        }
        return self._end(claim, PUT_BACK, params, call)

    def take(self, tenant_id: UUID, stage_id: str) -> Claim | None:
        """A stage whose lease ran out, under a new epoch, for the reconciler to bury."""
        params = {"tenant": tenant_id, "stage": stage_id}
        row = self._db.one(tenant_id, TAKE, params)
        return _claim(tenant_id, row) if row else None

    def items_leaving(self, claim: Claim) -> list[tuple[str, str]]:
        """Mark a batch's open items as dispatched; (stage id, lane) of each, by index."""
        params = {"tenant": claim.tenant_id, "job": claim.job.id}
        rows = self._db.all(claim.tenant_id, ITEMS_LEAVING, params)
        rows.sort(key=lambda row: row["item_index"])
        return [(row["id"], row["lane"]) for row in rows]

    def join_of(self, claim: Claim) -> dict[str, Any] | None:
        params = {"tenant": claim.tenant_id, "job": claim.job.id}
        return self._db.one(claim.tenant_id, JOIN_OF, params)

    def _end(
        self, claim: Claim, text: str, params: dict[str, Any], call: Call | None
    ) -> str | None:
        statements: list[Statement] = [(text, {**params, "event": new_id("evt")})]
        if call is not None:
            statements.insert(0, _end_call(claim, call))
        rows = self._db.run(claim.tenant_id, statements)[-1]
        return rows[0]["job_status"] if rows else None


def _claim(tenant_id: UUID, row: Row) -> Claim:
    return Claim(
        tenant_id=tenant_id,
        stage=Stage.of(row),
        epoch=row["epoch"],
        join_id=row["join_id"],
        next_id=row["next_id"],
        job=_job(row["job"]),
        handed_over=row.get("handed_over"),
    )


def _dump(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _job(row: dict[str, Any]) -> Job:
    for name in ("created_at", "started_at", "ended_at", "deadline", "cancel_requested_at"):
        row[name] = datetime.fromisoformat(row[name]) if row[name] else None
    return Job.of({**row, "tenant_id": UUID(row["tenant_id"])})


def _fence(claim: Claim) -> dict[str, Any]:
    return {"tenant": claim.tenant_id, "stage": claim.stage.id, "epoch": claim.epoch}


def _stage(end: StageEnd) -> dict[str, Any]:
    return {
        "stage_status": end.status,
        "output": _dump(end.output),
        "error": _dump(end.error),
        "provider": end.provider,
        "model": end.model,
        "cache": end.cache,
    }


def _end_call(claim: Claim, call: Call) -> Statement:
    names = ("outcome", "verdict", "answer", "request_id", "cost_micros", "price_source")
    tokens = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
    values = {f: getattr(call, f) for f in (*names, *tokens, "reasoning_tokens", "latency_ms")}
    return END_CALL, {
        **values,
        "tenant": claim.tenant_id,
        "call": call.id,
        "error": _dump(call.error),
    }
