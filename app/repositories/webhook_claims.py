"""How a worker takes a delivery and ends an attempt. Writes after the claim name its epoch."""

from uuid import UUID

from app.infra.ids import new_id
from app.infra.postgres import Database, Statement
from app.repositories.claim_statements import NEW_EPOCH
from app.repositories.webhook_records import AttemptEnd, DeliveryClaim

CLAIM = f"""
WITH claimed AS (
    UPDATE deliveries SET status = 'delivering', epoch = {NEW_EPOCH}, attempts = attempts + 1,
        lease_until = now() + make_interval(secs => %(lease)s)
    WHERE tenant_id = %(tenant)s AND id = %(id)s AND status = 'dispatched' RETURNING *),
wanted AS (
    SELECT j.output FROM claimed c
    JOIN webhook_endpoints e ON e.tenant_id = c.tenant_id AND e.id = c.endpoint_id
    JOIN jobs j ON j.tenant_id = c.tenant_id AND j.id = c.job_id
    WHERE e.include_result AND c.type = 'job.succeeded')
SELECT c.*, coalesce(e.url, c.url) AS to_url, coalesce(e.secret, s.secret) AS secret,
    CASE WHEN coalesce(e.previous_until, s.previous_until) > now()
         THEN coalesce(e.previous_secret, s.previous_secret) END AS previous_secret,
    coalesce(e.enabled, c.endpoint_id IS NULL) AS enabled,
    coalesce(e.include_result, false) AS include_result,
    (SELECT octet_length(output::text) FROM wanted) AS result_bytes,
    (SELECT output FROM wanted WHERE octet_length(output::text) <= %(most)s) AS result
FROM claimed c
LEFT JOIN webhook_endpoints e ON e.tenant_id = c.tenant_id AND e.id = c.endpoint_id
LEFT JOIN webhook_secrets s ON c.endpoint_id IS NULL AND s.tenant_id = c.tenant_id"""
# A target that fails again and again is tried less and less, down to every ten seconds: its
# deliveries wait, and others get the worker's time. One success gives it all of its places back.
END = """
WITH fenced AS (
    UPDATE deliveries SET status = %(status)s, lease_until = NULL, dispatched_at = NULL,
        slot = slot + %(slots)s, available_at = now() + make_interval(secs => %(delay)s),
        ended_at = CASE WHEN %(status)s <> 'pending' THEN now() END
    WHERE tenant_id = %(tenant)s AND id = %(id)s AND epoch = %(epoch)s AND status = 'delivering'
    RETURNING *),
logged AS (
    INSERT INTO delivery_attempts (id, tenant_id, delivery_id, number, status_code, error,
        response, latency_ms)
    SELECT %(attempt)s, tenant_id, id, attempts, %(status_code)s, %(error)s, %(response)s,
        %(latency_ms)s
    FROM fenced WHERE %(logged)s),
fares AS (
    INSERT INTO delivery_targets AS t (tenant_id, target, proven, failures, latency_ms, wait_until)
    SELECT tenant_id, target, %(ok)s, (NOT %(ok)s)::int, %(latency_ms)s,
        now() + make_interval(secs => %(slow_down)s::float)
    FROM fenced WHERE %(logged)s
    ON CONFLICT (tenant_id, target) DO UPDATE SET proven = t.proven OR EXCLUDED.proven,
        failures = CASE WHEN EXCLUDED.proven THEN 0 ELSE t.failures + 1 END,
        latency_ms = (3 * t.latency_ms + EXCLUDED.latency_ms) / 4,
        wait_until = CASE WHEN NOT EXCLUDED.proven THEN now() + make_interval(secs => greatest(
            %(slow_down)s::float * 2 ^ least(t.failures, 5),
            least(10, 0.02 * 2 ^ least(t.failures, 10)))) END,
        updated_at = now()
    WHERE NOT t.proven OR t.failures > 0 OR t.wait_until IS NOT NULL OR NOT EXCLUDED.proven
       OR greatest(t.latency_ms, EXCLUDED.latency_ms) > 250),
failing AS (
    UPDATE webhook_endpoints e SET failing_since = CASE WHEN NOT %(ok)s THEN now() END
    WHERE e.tenant_id = %(tenant)s AND e.id = (SELECT endpoint_id FROM fenced WHERE %(logged)s)
      AND (e.failing_since IS NULL) <> %(ok)s)
SELECT endpoint_id FROM fenced"""
# The owner is told at the other endpoints; what waited is kept, canceled, for `recover`.
DISABLE = """
WITH closed AS (
    UPDATE webhook_endpoints e SET enabled = false, disabled_at = now(), updated_at = now(),
        disabled_reason = CASE WHEN %(gone)s THEN 'gone' ELSE 'failing' END
    WHERE e.tenant_id = %(tenant)s AND e.enabled AND e.id = %(endpoint)s
      AND (%(gone)s OR e.failing_since <= now() - make_interval(secs => %(patience)s))
    RETURNING *),
canceled AS (
    UPDATE deliveries d SET status = 'canceled', ended_at = now(), dispatched_at = NULL
    WHERE d.tenant_id = %(tenant)s AND d.endpoint_id = (SELECT id FROM closed)
      AND d.status IN ('pending', 'dispatched')),
told AS (
    INSERT INTO deliveries (id, tenant_id, endpoint_id, target, type, payload)
    SELECT new_delivery_id(), e.tenant_id, e.id, e.id, 'endpoint.disabled', json_build_object(
        'type', 'endpoint.disabled',
        'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'data', json_build_object('id', c.id, 'object', 'webhook_endpoint', 'status', 'disabled',
            'reason', c.disabled_reason, 'url', '/v1/webhook-endpoints/' || c.id))::text
    FROM closed c JOIN webhook_endpoints e ON e.tenant_id = c.tenant_id AND e.id <> c.id
    WHERE e.enabled AND 'endpoint.disabled' = ANY (e.event_types))
SELECT id, disabled_reason FROM closed"""


class DeliveryClaimRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def claim(
        self, tenant_id: UUID, delivery_id: str, *, lease_seconds: float, max_result_bytes: int
    ) -> DeliveryClaim | None:
        """Take a delivery; None when another has it or it is done."""
        params = {
            "tenant": tenant_id,
            "id": delivery_id,
            "lease": lease_seconds,
            "most": max_result_bytes,
        }
        row = self._db.one(tenant_id, CLAIM, params, relaxed=True)
        return DeliveryClaim.of(row) if row else None

    def end(self, claim: DeliveryClaim, end: AttemptEnd, *, patience_seconds: float) -> str | None:
        """Write an attempt down; nothing, when the claim was lost.

        Returns why the endpoint was disabled by it, if it was: `gone` or `failing`.
        """
        statements: list[Statement] = [(END, {**_end(end), **_fence(claim)})]
        if end.logged and not end.ok and claim.endpoint_id is not None:
            disabling = {"gone": end.gone, "patience": patience_seconds}
            statements.append((DISABLE, {**_fence(claim), **disabling}))
        rows = self._db.run(claim.tenant_id, statements)
        return rows[1][0]["disabled_reason"] if len(rows) > 1 and rows[1] else None


def _fence(claim: DeliveryClaim) -> dict[str, object]:
    return {
        "tenant": claim.tenant_id,
        "id": claim.id,
        "epoch": claim.epoch,
        "endpoint": claim.endpoint_id,
    }


def _end(end: AttemptEnd) -> dict[str, object]:
    names = ("status", "ok", "delay", "slots", "logged", "status_code", "error", "response")
    values = {name: getattr(end, name) for name in (*names, "latency_ms", "slow_down")}
    return {**values, "attempt": new_id("att")}
