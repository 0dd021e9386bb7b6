"""The relay's view of the outbox: lock a batch, publish it, delete it. Runs as the system role."""

from dataclasses import dataclass
from uuid import UUID

from app.infra.postgres import Database, Row
from app.repositories.records import FromRow

LOCK = """
WITH picked AS (
    SELECT id FROM outbox
    WHERE available_at <= now() AND (locked_until IS NULL OR locked_until < now())
      AND lane <> ALL(%(full)s)
    ORDER BY priority, available_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE outbox o SET locked_until = now() + make_interval(secs => %(lock)s)
FROM jobs j
WHERE o.id = ANY(ARRAY(SELECT id FROM picked)) AND j.tenant_id = o.tenant_id AND j.id = o.job_id
RETURNING o.id, o.tenant_id, o.job_id, o.stage_id, o.lane, o.priority, j.pipeline,
    j.request_id, j.traceparent"""
# Each message's stage and those that its chain goes on with, in order.
CHAINS = """
WITH RECURSIVE chain AS (
    SELECT first.id AS first_id, s.tenant_id, s.id, s.name, s.lane, s.next_id, 1 AS n
    FROM unnest(%(tenants)s::uuid[], %(stages)s::text[]) AS first (tenant_id, id)
    JOIN stages s ON s.tenant_id = first.tenant_id AND s.id = first.id
    UNION ALL
    SELECT c.first_id, s.tenant_id, s.id, s.name, s.lane, s.next_id, c.n + 1
    FROM chain c JOIN stages s ON s.tenant_id = c.tenant_id AND s.id = c.next_id)
SELECT first_id, id, name, lane FROM chain ORDER BY first_id, n"""
MARK = """
WITH gone AS (DELETE FROM outbox WHERE id = ANY(%(ids)s) RETURNING tenant_id, stage_id)
UPDATE stages s SET dispatched_at = now(), dispatches = dispatches + 1 FROM gone g
WHERE s.tenant_id = g.tenant_id AND s.id = g.stage_id AND s.status = 'pending'"""
UNLOCK = "UPDATE outbox SET locked_until = NULL WHERE id = ANY(%(ids)s)"
LOADS = """
SELECT lane, count(*) AS waiting FROM stages
WHERE status = 'pending' AND dispatched_at IS NOT NULL AND item_index IS NULL GROUP BY lane"""
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


class OutboxRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def lock(self, limit: int, lock_seconds: float, full_lanes: list[str]) -> list[Message]:
        """The next messages, highest priority first, ours for `lock_seconds`."""
        params = {"limit": limit, "lock": lock_seconds, "full": full_lanes}
        rows = self._db.system(LOCK, params)
        chains = self._chains(rows)
        found = [Message.of({**row, "chain": chains[row["stage_id"]]}) for row in rows]
        return sorted(found, key=lambda m: (m.priority, m.id))

    def _chains(self, rows: list[Row]) -> dict[str, list[list[str]]]:
        """[[stage id, name, lane], ...] by the first stage's id."""
        chains: dict[str, list[list[str]]] = {row["stage_id"]: [] for row in rows}
        stages = list(chains)
        tenant_of = {row["stage_id"]: row["tenant_id"] for row in rows}
        tenants = [tenant_of[stage] for stage in stages]
        for row in self._db.system(CHAINS, {"tenants": tenants, "stages": stages}) if rows else ():
            chains[row["first_id"]].append([row["id"], row["name"], row["lane"]])
        return chains

    def mark_published(self, ids: list[int]) -> None:
        self._db.system(MARK, {"ids": ids})

    def unlock(self, ids: list[int]) -> None:
        """Give messages back that could not be published."""
        self._db.system(UNLOCK, {"ids": ids})

    def loads(self) -> dict[str, int]:
        """Stages handed to the broker and not yet claimed, by lane (items not counted)."""
        return {row["lane"]: row["waiting"] for row in self._db.system(LOADS)}

    def next_due(self) -> float | None:
        """Seconds until the next delayed message; None when none waits."""
        seconds: float | None = self._db.system(NEXT_DUE)[0]["seconds"]
        return seconds
