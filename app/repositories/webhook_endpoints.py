"""Webhook endpoints and the tenants' own signing secrets."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.infra.postgres import Database, Row
from app.repositories.webhook_records import Endpoint, SigningSecret

INSERT = """
INSERT INTO webhook_endpoints (id, tenant_id, url, event_types, description, metadata,
    include_result, enabled, secret)
SELECT %(id)s, %(tenant)s, %(url)s, %(event_types)s, %(description)s, %(metadata)s::json,
    %(include_result)s, %(enabled)s, %(secret)s
WHERE (SELECT count(*) FROM webhook_endpoints WHERE tenant_id = %(tenant)s) < %(most)s
RETURNING *"""
GET = "SELECT * FROM webhook_endpoints WHERE tenant_id = %(tenant)s AND id = %(id)s"
LIST = "SELECT * FROM webhook_endpoints WHERE tenant_id = %(tenant)s ORDER BY id"
CHANGEABLE = ("url", "event_types", "description", "metadata", "include_result", "enabled")
# Enabling forgives: how it failed before says nothing about how it is now.
UPDATE = """
UPDATE webhook_endpoints SET updated_at = now(), {changes}
WHERE tenant_id = %(tenant)s AND id = %(id)s RETURNING *"""
FORGIVEN = "failing_since = NULL, disabled_at = NULL, disabled_reason = NULL"
FORGET_TARGET = """
UPDATE delivery_targets SET proven = false, failures = 0, latency_ms = 0, wait_until = NULL
WHERE tenant_id = %(tenant)s AND target = %(id)s"""
CANCEL = """
UPDATE deliveries SET status = 'canceled', ended_at = now(), dispatched_at = NULL
WHERE tenant_id = %(tenant)s AND endpoint_id = %(id)s AND status IN ('pending', 'dispatched')"""
DELETE = "DELETE FROM webhook_endpoints WHERE tenant_id = %(tenant)s AND id = %(id)s RETURNING *"
ROTATE = """
UPDATE webhook_endpoints SET previous_secret = CASE WHEN %(overlap)s > 0 THEN secret END,
    previous_until = CASE WHEN %(overlap)s > 0 THEN now() + make_interval(secs => %(overlap)s) END,
    secret = %(secret)s, updated_at = now()
WHERE tenant_id = %(tenant)s AND id = %(id)s RETURNING *"""
SECRET = "SELECT * FROM webhook_secrets WHERE tenant_id = %(tenant)s"
ROTATE_SECRET = """
INSERT INTO webhook_secrets AS s (tenant_id, secret) VALUES (%(tenant)s, %(secret)s)
ON CONFLICT (tenant_id) DO UPDATE SET
    previous_secret = CASE WHEN %(overlap)s > 0 THEN s.secret END,
    previous_until = CASE WHEN %(overlap)s > 0 THEN now() + make_interval(secs => %(overlap)s) END,
    secret = EXCLUDED.secret, created_at = now()
RETURNING *"""


class WebhookEndpointRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def insert(
        self, tenant_id: UUID, endpoint_id: str, given: Mapping[str, Any], secret: bytes, most: int
    ) -> Endpoint | None:
        """The new endpoint; None when the tenant has `most` already."""
        params = {**_values(given), "tenant": tenant_id, "id": endpoint_id}
        row = self._db.one(tenant_id, INSERT, {**params, "secret": secret, "most": most})
        return Endpoint.of(row) if row else None

    def get(self, tenant_id: UUID, endpoint_id: str) -> Endpoint | None:
        row = self._db.one(tenant_id, GET, {"tenant": tenant_id, "id": endpoint_id})
        return Endpoint.of(row) if row else None

    def list(self, tenant_id: UUID) -> list[Endpoint]:
        return [Endpoint.of(row) for row in self._db.all(tenant_id, LIST, {"tenant": tenant_id})]

    def update(
        self, tenant_id: UUID, endpoint_id: str, changes: Mapping[str, Any]
    ) -> Endpoint | None:
        """Change what is named, of CHANGEABLE. Disabling cancels what waits."""
        sets = [f"{name} = %({name})s" for name in CHANGEABLE if name in changes]
        params = {**_values(changes), "tenant": tenant_id, "id": endpoint_id}
        if changes.get("enabled"):
            sets.append(FORGIVEN)
        text = UPDATE.format(changes=", ".join(sets) or "url = url")
        statements: list[tuple[str, Mapping[str, Any]]] = [(text, params)]
        if changes.get("enabled") or "url" in changes:
            statements.append((FORGET_TARGET, params))
        if changes.get("enabled") is False:
            statements.append((CANCEL, params))
        rows = self._db.run(tenant_id, statements)[0]
        return Endpoint.of(rows[0]) if rows else None

    def delete(self, tenant_id: UUID, endpoint_id: str) -> Endpoint | None:
        """Gone with its deliveries."""
        row = self._db.one(tenant_id, DELETE, {"tenant": tenant_id, "id": endpoint_id})
        return Endpoint.of(row) if row else None

    def rotate(
        self, tenant_id: UUID, endpoint_id: str, secret: bytes, overlap_seconds: float
    ) -> Endpoint | None:
        params: Row = {"tenant": tenant_id, "id": endpoint_id, "secret": secret}
        row = self._db.one(tenant_id, ROTATE, {**params, "overlap": float(overlap_seconds)})
        return Endpoint.of(row) if row else None

    def signing_secret(self, tenant_id: UUID) -> SigningSecret | None:
        row = self._db.one(tenant_id, SECRET, {"tenant": tenant_id})
        return SigningSecret.of(row) if row else None

    def rotate_signing_secret(
        self, tenant_id: UUID, secret: bytes, overlap_seconds: float
    ) -> SigningSecret:
        params = {"tenant": tenant_id, "secret": secret, "overlap": float(overlap_seconds)}
        row = self._db.one(tenant_id, ROTATE_SECRET, params)
        assert row is not None
        return SigningSecret.of(row)


def _values(given: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: given[name] for name in CHANGEABLE if name in given}
    if "metadata" in values:
        values["metadata"] = json.dumps(values["metadata"], ensure_ascii=False)
    return values
