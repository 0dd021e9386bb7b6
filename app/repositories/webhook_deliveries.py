"""Deliveries as their owners see them: a page of them, one more of one, all since then again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.infra.postgres import Database, Row
from app.repositories.webhook_records import Attempt, Delivery

COLUMNS = """id, endpoint_id, url, event_id, job_id, type, payload, status, attempts,
    available_at, created_at, ended_at"""
# The id begins with its time, so it is the order and the cursor.
PAGE = f"""
SELECT {COLUMNS} FROM deliveries WHERE tenant_id = %(tenant)s {{filters}}
ORDER BY id DESC LIMIT %(limit)s"""
FILTERS = {
    "after": "AND id < %(after)s",
    "endpoint_id": "AND endpoint_id = %(endpoint_id)s",
    "job_id": "AND job_id = %(job_id)s",
    "status": "AND status = ANY(%(status)s)",
    "type": "AND type = %(type)s",
}
GET = f"SELECT {COLUMNS} FROM deliveries WHERE tenant_id = %(tenant)s AND id = %(id)s"
ATTEMPTS = """
SELECT * FROM delivery_attempts WHERE tenant_id = %(tenant)s AND delivery_id = ANY(%(ids)s)
ORDER BY delivery_id, number"""
INSERT = f"""
INSERT INTO deliveries (id, tenant_id, endpoint_id, target, type, payload)
SELECT new_delivery_id(), e.tenant_id, e.id, e.id, %(type)s, %(payload)s
FROM webhook_endpoints e WHERE e.tenant_id = %(tenant)s AND e.id = %(endpoint)s
RETURNING {COLUMNS}"""
AGAIN = """status = 'pending', slot = 0, recoveries = 0, available_at = now(),
    dispatched_at = NULL, ended_at = NULL"""
REPLAY = f"""
UPDATE deliveries SET {AGAIN} WHERE tenant_id = %(tenant)s AND id = %(id)s
  AND status IN ('pending', 'succeeded', 'failed', 'canceled') RETURNING {COLUMNS}"""
RECOVER = f"""
UPDATE deliveries SET {AGAIN} WHERE tenant_id = %(tenant)s AND id IN (
    SELECT id FROM deliveries WHERE tenant_id = %(tenant)s AND endpoint_id = %(endpoint)s
      AND created_at >= %(since)s AND status IN ('failed', 'canceled')
    ORDER BY id LIMIT %(limit)s) RETURNING 1"""


class DeliveryRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def page(self, tenant_id: UUID, limit: int, wanted: Row) -> list[Delivery]:
        """Newest first, with their attempts; `wanted` as FILTERS name it."""
        filters = " ".join(FILTERS[name] for name in wanted)
        params = {**wanted, "tenant": tenant_id, "limit": limit}
        return self._logged(
            tenant_id, self._db.all(tenant_id, PAGE.format(filters=filters), params)
        )

    def get(self, tenant_id: UUID, delivery_id: str) -> Delivery | None:
        row = self._db.one(tenant_id, GET, {"tenant": tenant_id, "id": delivery_id})
        return self._logged(tenant_id, [row])[0] if row else None

    def insert(self, tenant_id: UUID, endpoint_id: str, kind: str, payload: str) -> Delivery | None:
        """A delivery of no event; None when there is no such endpoint."""
        params = {"tenant": tenant_id, "endpoint": endpoint_id, "type": kind, "payload": payload}
        row = self._db.one(tenant_id, INSERT, params)
        return Delivery.of(row) if row else None

    def replay(self, tenant_id: UUID, delivery_id: str) -> Delivery | None:
        """Send it again from the schedule's start; None while an attempt is under way."""
        row = self._db.one(tenant_id, REPLAY, {"tenant": tenant_id, "id": delivery_id})
        return self._logged(tenant_id, [row])[0] if row else None

    def recover(self, tenant_id: UUID, endpoint_id: str, since: datetime, limit: int) -> int:
        """Send again what failed or was canceled since then, oldest first; how many."""
        params: dict[str, Any] = {"tenant": tenant_id, "endpoint": endpoint_id, "since": since}
        return len(self._db.all(tenant_id, RECOVER, {**params, "limit": limit}))

    def _logged(self, tenant_id: UUID, rows: list[Row]) -> list[Delivery]:
        params = {"tenant": tenant_id, "ids": [row["id"] for row in rows]}
        log: dict[str, list[Attempt]] = {}
        for row in self._db.all(tenant_id, ATTEMPTS, params) if rows else ():
            log.setdefault(row["delivery_id"], []).append(Attempt.of(row))
        return [Delivery.of({**row, "log": tuple(log.get(row["id"], ()))}) for row in rows]
