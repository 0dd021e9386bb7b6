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

import psycopg
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

from app.infra.ids import new_id
from app.infra.postgres import Database, Row, Statement
from app.repositories.claim_statements import (
    ALIVE,
    BEGIN_CALL,
    CALLS,
    CLAIM,
    END_CALL,
    END_ITEM,
    END_JOB,
    ITEMS_LEAVING,
    JOIN_OF,
    LOST,
    PASS_ON,
    PUT_BACK,
    STATUS,
    TAKE,
)
from app.repositories.records import Call, Job, Stage


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
    report: dict[str, Any] | None = None  # how the output became valid


class ClaimRepository:
    """How stages are taken and ended.

    `patience`: for so many seconds what ends a call or a stage is written again while Postgres is
    away. An answer was paid for, and whoever may still write it down is known by its epoch.
    """

    def __init__(self, database: Database, patience: float = 0.0) -> None:
        self._db = database
        self._patiently = Retrying(
            retry=retry_if_exception_type(psycopg.OperationalError),
            stop=stop_after_delay(patience),
            wait=wait_exponential_jitter(initial=0.05, max=1.0, jitter=0.1),
            reraise=True,
        )

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
        if row is None:
            return None
        known = {"id": params["call"], "stage_id": claim.stage.id, "run": claim.job.run}
        return Call(**known, **choice, **row, outcome="in_flight")

    def end_call(self, claim: Claim, call: Call) -> bool:
        """Checkpoint a call's outcome; False when the claim was lost meanwhile."""
        return bool(self._write(claim, [_end_call(claim, call)])[0])

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
        deployment: str | None = None,
    ) -> str | None:
        """Give the stage back, to run again in `delay` seconds on `lane`.

        `deployment`: what it will ask then, when that is another.
        """
        params = {
            **_fence(claim),
            "lane": lane,
            "deployment": deployment,
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

    def items_leaving(self, claim: Claim, room: int | None, priority: int) -> list[tuple[str, str]]:
        """Mark a batch's open items as dispatched; (stage id, lane) of each, by index.

        The relay gets those beyond `room`, if there is any limit.
        """
        params = {"tenant": claim.tenant_id, "job": claim.job.id}
        params |= {"room": room, "priority": priority}
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
        rows = self._write(claim, statements)[-1]
        return rows[0]["job_status"] if rows else None

    def _write(self, claim: Claim, statements: list[Statement]) -> list[list[Row]]:
        return self._patiently(self._db.run, claim.tenant_id, statements)


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
        "report": _dump(end.report),
    }


def _end_call(claim: Claim, call: Call) -> Statement:
    return END_CALL, {**vars(call), **_fence(claim), "call": call.id, "error": _dump(call.error)}
