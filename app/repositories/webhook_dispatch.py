"""The dispatcher's view of deliveries: whose turn it is, and what was lost. The system role's.

Fair between targets, and safe from slow ones: a target has at most `per_target` deliveries out
at once (one, while it fails or is not known yet); each round gives every target its first before
any its second; and the troubled together may hold half of the worker's threads, so that the
others always find the rest free.
"""

from collections.abc import Mapping
from typing import Any

from app.infra.postgres import Database, Row
from app.repositories.webhook_records import Dispatch

ADVISORY_KEY = 0x64656C69  # "deli": one dispatcher picks at a time
SLOW_MS = 500  # a receiver is slow when its mean answer takes longer

WAITING = "SELECT EXISTS (SELECT 1 FROM deliveries WHERE status = 'pending') AS any"
PICK = """
WITH RECURSIVE turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(%(key)s) AS ours),
targets AS (  -- those with something waiting: one index probe each, however much it is
    (SELECT tenant_id, target FROM deliveries, turn WHERE status = 'pending' AND ours
     ORDER BY tenant_id, target LIMIT 1)
    UNION ALL
    SELECT n.tenant_id, n.target FROM targets t, LATERAL (
        SELECT d.tenant_id, d.target FROM deliveries d
        WHERE d.status = 'pending' AND (d.tenant_id, d.target) > (t.tenant_id, t.target)
        ORDER BY d.tenant_id, d.target LIMIT 1) n),
busy AS MATERIALIZED (
    SELECT tenant_id, target, count(*) AS n FROM deliveries
    WHERE status IN ('dispatched', 'delivering') GROUP BY tenant_id, target),
known AS (
    SELECT t.tenant_id, t.target, coalesce(b.n, 0) AS out,
        NOT coalesce(s.proven, false) OR s.failures > 0 AS doubtful,
        NOT coalesce(s.proven, false) OR s.failures > 0 OR s.latency_ms > %(slow_ms)s AS troubled
    FROM targets t
    LEFT JOIN busy b USING (tenant_id, target)
    LEFT JOIN delivery_targets s USING (tenant_id, target)
    WHERE coalesce(s.wait_until <= now(), true)),
held AS (
    SELECT coalesce(sum(b.n) FILTER (WHERE NOT coalesce(s.proven, false) OR s.failures > 0
            OR s.latency_ms > %(slow_ms)s), 0) AS troubled,
        coalesce(sum(b.n), 0) AS total
    FROM busy b LEFT JOIN delivery_targets s USING (tenant_id, target)),
picked AS (
    SELECT d.id, k.troubled, row_number() OVER (
        PARTITION BY k.tenant_id, k.target ORDER BY d.available_at, d.id) + k.out AS turn,
        d.available_at
    FROM known k, LATERAL (
        SELECT id, available_at FROM deliveries w
        WHERE w.tenant_id = k.tenant_id AND w.target = k.target AND w.status = 'pending'
          AND w.available_at <= now()
        ORDER BY w.available_at
        LIMIT greatest(0, CASE WHEN k.doubtful THEN 1 ELSE %(per_target)s END - k.out)) d),
ranked AS (
    SELECT id, troubled, turn,
        row_number() OVER (PARTITION BY troubled ORDER BY turn, available_at, id) AS place
    FROM picked),
chosen AS (
    SELECT r.id FROM ranked r, held h
    WHERE r.place <= CASE WHEN r.troubled THEN %(slots)s / 2 - h.troubled
                          ELSE 2 * %(slots)s - (h.total - h.troubled) END)
UPDATE deliveries d SET status = 'dispatched', dispatched_at = now()
WHERE d.id IN (SELECT id FROM chosen) AND d.status = 'pending'
RETURNING d.tenant_id, d.id"""
UNDISPATCH = """
UPDATE deliveries SET status = 'pending', dispatched_at = NULL
WHERE id = ANY(%(ids)s) AND status = 'dispatched'"""
# Its worker died, perhaps after the receiver took it: it goes out again under the same id.
LAPSED = """
WITH lapsed AS (
    UPDATE deliveries SET lease_until = NULL, dispatched_at = NULL, recoveries = recoveries + 1,
        available_at = now() + make_interval(secs => least(60, recoveries * 2)),
        status = CASE WHEN recoveries < %(most)s THEN 'pending' ELSE 'failed' END,
        ended_at = CASE WHEN recoveries < %(most)s THEN NULL ELSE now() END
    WHERE status = 'delivering' AND lease_until < now() RETURNING *)
INSERT INTO delivery_attempts (id, tenant_id, delivery_id, number, error, latency_ms)
SELECT 'att_' || substr(new_delivery_id(), 5), tenant_id, id, attempts,
    'the worker was lost; whether the receiver took it is not known', 0
FROM lapsed RETURNING delivery_id"""
LOST = """
UPDATE deliveries SET status = 'pending', dispatched_at = NULL
WHERE status = 'dispatched' AND dispatched_at < now() - make_interval(secs => %(after)s)
RETURNING id"""
FORGET = """
DELETE FROM deliveries WHERE id = ANY(ARRAY(
    SELECT id FROM deliveries WHERE ended_at < now() - make_interval(secs => %(age)s)
    ORDER BY ended_at LIMIT %(limit)s)) RETURNING 1"""
FORGET_TARGETS = """
DELETE FROM delivery_targets t WHERE updated_at < now() - make_interval(secs => %(age)s)"""


class DispatchRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def pick(self, *, slots: int, per_target: int) -> list[Dispatch]:
        """Those whose turn it is, marked as dispatched; none while another picks."""
        if not self._run(WAITING, {})[0]["any"]:  # as a rule: most jobs have no webhook
            return []
        params = {
            "key": ADVISORY_KEY,
            "slots": slots,
            "per_target": per_target,
            "slow_ms": SLOW_MS,
        }
        return [Dispatch.of(row) for row in self._run(PICK, params)]

    def give_back(self, ids: list[str]) -> None:
        """They could not be published."""
        self._run(UNDISPATCH, {"ids": ids})

    def recover_lapsed(self, max_recoveries: int) -> int:
        """Attempts whose worker let its lease run out; how many."""
        return len(self._run(LAPSED, {"most": max_recoveries}))

    def recover_lost(self, after_seconds: float) -> int:
        """Messages that nobody took up; how many."""
        return len(self._run(LOST, {"after": after_seconds}))

    def forget(self, age_seconds: float, limit: int) -> int:
        """Delete deliveries that ended so long ago, oldest first; how many."""
        gone = len(self._run(FORGET, {"age": age_seconds, "limit": limit}))
        if gone < limit:
            self._run(FORGET_TARGETS, {"age": age_seconds})
        return gone

    def _run(self, text: str, params: Mapping[str, Any]) -> list[Row]:
        """Planned anew each time, for half a millisecond.

        A plan that was kept from when the table was empty would read all of it for each target.
        """
        with self._db.connection() as connection:
            cursor = connection.execute(text, params, prepare=False)
            return cursor.fetchall() if cursor.description else []
