"""What a tenant has set for itself: one document with a version."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.infra.postgres import Database
from app.repositories.records import FromRow

GET = "SELECT * FROM tenant_settings WHERE tenant_id = %(tenant)s"
# Written when it has one of the expected versions; 0 is that of what was never set.
PUT = """
INSERT INTO tenant_settings AS t (tenant_id, version, document)
SELECT %(tenant)s, 1, %(document)s::json
WHERE %(expected)s::bigint[] IS NULL OR 0 = ANY (%(expected)s::bigint[])
   OR EXISTS (SELECT FROM tenant_settings WHERE tenant_id = %(tenant)s)
ON CONFLICT (tenant_id) DO UPDATE
SET version = t.version + 1, document = EXCLUDED.document, updated_at = now()
WHERE %(expected)s::bigint[] IS NULL OR t.version = ANY (%(expected)s::bigint[])
RETURNING *"""


@dataclass(frozen=True, kw_only=True)
class StoredSettings(FromRow):
    version: int = 0
    document: Mapping[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None


class TenantSettingsRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, tenant_id: UUID) -> StoredSettings:
        row = self._db.one(tenant_id, GET, {"tenant": tenant_id})
        return StoredSettings.of(row) if row else StoredSettings()

    def put(
        self, tenant_id: UUID, document: Mapping[str, Any], expected: Sequence[int] | None
    ) -> StoredSettings | None:
        """Replace the document; None when it has none of the `expected` versions (None: any)."""
        params = {
            "tenant": tenant_id,
            "document": json.dumps(document, ensure_ascii=False),
            "expected": None if expected is None else list(expected),
        }
        row = self._db.one(tenant_id, PUT, params)
        return StoredSettings.of(row) if row else None
