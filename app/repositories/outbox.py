"""The relay's view of the outbox: lock a batch, publish it, delete it. Runs as the system role."""

from dataclasses import dataclass
from uuid import UUID

from app.infra.postgres import Database
from app.repositories.records import FromRow

# The lists of ids are wrapped in ARRAY(SELECT ...): for a list that is a bare parameter Postgres
# plans anew each time, which takes longer than to run it. One row each is asked of the tables that
# grow (LATERAL ... LIMIT 1), so that no plan made while they are small reads them whole.

# The first messages of each tenant, in its own order. Tenants, lanes and deployments are found by
# hopping over the index, so the backlog of one, or one that has no room, costs the others nothing.
CANDIDATES = """
WITH RECURSIVE senders AS (
    (SELECT tenant_id, lane, deployment FROM outbox
     ORDER BY tenant_id, lane, deployment LIMIT 1)
    UNION ALL
    SELECT n.* FROM senders s, LATERAL (
        SELECT o.tenant_id, o.lane, o.deployment FROM outbox o
        WHERE (o.tenant_id, o.lane, o.deployment) > (s.tenant_id, s.lane, s.deployment)
        ORDER BY o.tenant_id, o.lane, o.deployment LIMIT 1) n)
SELECT m.id, m.tenant_id, m.lane, m.priority, m.deployment, m.tokens, j.status = 'queued' AS begins
FROM senders s, LATERAL (
    SELECT o.* FROM outbox o
    WHERE o.tenant_id = s.tenant_id AND o.lane = s.lane AND o.deployment = s.deployment
      AND s.lane <> ALL(%(full)s) AND s.deployment <> ALL(%(used_up)s)
      AND o.available_at <= now() AND (o.locked_until IS NULL OR o.locked_until < now())
    ORDER BY o.priority, o.available_at, o.id LIMIT %(each)s) m,
LATERAL (SELECT * FROM jobs j WHERE j.tenant_id = m.tenant_id AND j.id = m.job_id LIMIT 1) j
ORDER BY m.tenant_id, m.priority, m.available_at, m.id"""
# With each message's stage and those that its chain goes on with, in order.
LOCK = """
WITH RECURSIVE locked AS (
    UPDATE outbox o SET locked_until = now() + make_interval(secs => %(lock)s)
    WHERE o.id = ANY(ARRAY(SELECT unnest(%(ids)s::bigint[])))
      AND (o.locked_until IS NULL OR o.locked_until < now())
    RETURNING o.id, o.tenant_id, o.job_id, o.stage_id, o.lane, o.priority),
links AS (
    SELECT l.id AS message, s.tenant_id, s.id, s.name, s.lane, s.next_id, 1 AS n
    FROM locked l, LATERAL (
        SELECT * FROM stages s WHERE s.tenant_id = l.tenant_id AND s.id = l.stage_id LIMIT 1) s
    UNION ALL
    SELECT k.message, s.tenant_id, s.id, s.name, s.lane, s.next_id, k.n + 1
    FROM links k, LATERAL (
        SELECT * FROM stages s WHERE s.tenant_id = k.tenant_id AND s.id = k.next_id LIMIT 1) s),
chains AS (
    SELECT message, json_agg(json_build_array(id, name, lane) ORDER BY n) AS chain
    FROM links GROUP BY message)
SELECT l.*, c.chain, j.pipeline, j.request_id, j.traceparent
FROM locked l JOIN chains c ON c.message = l.id, LATERAL (
    SELECT * FROM jobs j WHERE j.tenant_id = l.tenant_id AND j.id = l.job_id LIMIT 1) j"""
MARK = """
WITH gone AS (
    DELETE FROM outbox WHERE id = ANY(ARRAY(SELECT unnest(%(ids)s::bigint[])))
    RETURNING tenant_id, stage_id)
UPDATE stages s SET dispatched_at = now(), dispatches = dispatches + 1
FROM (SELECT * FROM gone LIMIT %(count)s) g  -- a limit that is not known is planned as one row
WHERE s.tenant_id = g.tenant_id AND s.id = g.stage_id AND s.status = 'pending'"""
UNLOCK = "UPDATE outbox SET locked_until = NULL WHERE id = ANY(%(ids)s)"
# What is at the broker or at work. Of a batch's items, which leave all at once, those at the broker
# count only when the relay sent them, after their first attempt.
LOADS = """
SELECT tenant_id, lane, deployment, sum(waiting)::integer AS waiting,
    sum(running)::integer AS running, sum(jobs)::integer AS jobs, sum(tokens)::bigint AS tokens
FROM (
    SELECT tenant_id, lane, deployment, 1 AS waiting, 0 AS running,
        (item_index IS NULL)::integer AS jobs, tokens
    FROM stages WHERE status = 'pending' AND dispatched_at IS NOT NULL
      AND (item_index IS NULL OR dispatches > 0)
    UNION ALL
    SELECT tenant_id, lane, deployment, 0, 1, (item_index IS NULL)::integer, 0 FROM stages
    WHERE status = 'running') AS held
GROUP BY tenant_id, lane, deployment"""
LIMITS = "SELECT tenant_id, weight, max_in_flight FROM tenant_limits"
NEXT_DUE = """
SELECT extract(epoch FROM min(available_at) - now())::float AS seconds FROM outbox
WHERE available_at > now()"""


@dataclass(frozen=True, kw_only=True)
class Message(FromRow):
    """One outbox row, with the chain of stages that its message starts."""

    id: int
    tenant_id: UUID
    job_id: str
    stage_id: str
    lane: str
    priority: int  # 0 high, 1 normal, 2 low
    pipeline: str
    request_id: str | None
    traceparent: str | None
    chain: list[list[str]]  # [[stage id, name, lane], ...]


@dataclass(frozen=True, kw_only=True)
class Waiting(FromRow):
    """A message that could leave now."""

    id: int
    tenant_id: UUID
    lane: str
    priority: int
    begins: bool  # its job has not begun
    deployment: str = ""  # provider/model that it asks, or any of several; "": none
    tokens: int = 0  # of that call, estimated


@dataclass(frozen=True, kw_only=True)
class Load(FromRow):
    """A tenant's stages on one lane, of one deployment."""

    tenant_id: UUID
    lane: str
    deployment: str
    waiting: int  # handed to the broker, not claimed
    running: int  # claimed, a batch's items too
    jobs: int  # the two together, without items
    tokens: int  # that the waiting ones will ask for


class OutboxRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def candidates(
        self, each: int, full_lanes: list[str], used_up: list[str]
    ) -> dict[UUID, list[Waiting]]:
        """What could leave now, each tenant's in its own order, at most `each` of a deployment.

        Without what waits for the lanes and the deployments that are named.
        """
        found: dict[UUID, list[Waiting]] = {}
        params = {"each": each, "full": full_lanes, "used_up": used_up}
        for row in self._db.system(CANDIDATES, params):
            found.setdefault(row["tenant_id"], []).append(Waiting.of(row))
        return found

    def lock(self, ids: list[int], lock_seconds: float) -> list[Message]:
        """These messages, in this order, ours for `lock_seconds`; without what others took."""
        rows = {r["id"]: r for r in self._db.system(LOCK, {"ids": ids, "lock": lock_seconds})}
        return [Message.of(rows[i]) for i in ids if i in rows]

    def mark_published(self, ids: list[int]) -> None:
        self._db.system(MARK, {"ids": ids, "count": len(ids)})

    def unlock(self, ids: list[int]) -> None:
        """Give messages back that could not be published."""
        self._db.system(UNLOCK, {"ids": ids})

    def loads(self) -> list[Load]:
        """What each tenant has at work and at the broker, by lane and deployment."""
        return [Load.of(row) for row in self._db.system(LOADS)]

    def limits(self) -> tuple[dict[UUID, int], dict[UUID, int | None]]:
        """Weights, and caps on jobs in flight, of the tenants that have their own."""
        rows = self._db.system(LIMITS)
        weights = {row["tenant_id"]: row["weight"] for row in rows}
        return weights, {row["tenant_id"]: row["max_in_flight"] for row in rows}

    def next_due(self) -> float | None:
        """Seconds until the next delayed message; None when none waits."""
        seconds: float | None = self._db.system(NEXT_DUE)[0]["seconds"]
        return seconds
