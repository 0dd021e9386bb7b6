"""Tenants and their API keys."""

from datetime import datetime
from uuid import UUID

from app.infra.postgres import Database, Row
from app.repositories.records import ApiKey, Tenant

KEY_COLUMNS = "id, tenant_id, name, scopes, created_at, expires_at, revoked_at, last_used_at"


class TenantRepository:
    """Runs as the system role: a tenant is made from outside it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def insert(self, tenant_id: UUID, name: str) -> Tenant | None:
        """The new tenant, or None when the name is taken."""
        rows = self._db.system(
            "INSERT INTO tenants (id, name) VALUES (%(id)s, %(name)s)"
            " ON CONFLICT (name) DO NOTHING RETURNING *",
            {"id": tenant_id, "name": name},
        )
        return Tenant.of(rows[0]) if rows else None

    def by_name(self, name: str) -> Tenant | None:
        rows = self._db.system("SELECT * FROM tenants WHERE name = %(name)s", {"name": name})
        return Tenant.of(rows[0]) if rows else None


class KeyRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def find(self, key_id: str) -> Row | None:
        """The key's secret hash, tenant and scopes, before its tenant is known."""
        rows = self._db.system("SELECT * FROM find_api_key(%(id)s)", {"id": key_id})
        return rows[0] if rows else None

    def insert(
        self,
        tenant_id: UUID,
        *,
        key_id: str,
        name: str,
        secret_sha256: bytes,
        scopes: list[str],
        expires_at: datetime | None,
    ) -> ApiKey:
        row = self._db.one(
            tenant_id,
            "INSERT INTO api_keys (id, tenant_id, name, secret_sha256, scopes, expires_at) VALUES"
            " (%(id)s, %(tenant)s, %(name)s, %(sha)s, %(scopes)s, %(expires)s)"
            f" RETURNING {KEY_COLUMNS}",
            {
                "id": key_id,
                "tenant": tenant_id,
                "name": name,
                "sha": secret_sha256,
                "scopes": scopes,
                "expires": expires_at,
            },
        )
        assert row is not None
        return ApiKey.of(row)

    def list(self, tenant_id: UUID) -> list[ApiKey]:
        rows = self._db.all(
            tenant_id,
            f"SELECT {KEY_COLUMNS} FROM api_keys WHERE tenant_id = %(tenant)s ORDER BY created_at",
            {"tenant": tenant_id},
        )
        return [ApiKey.of(row) for row in rows]

    def revoke(self, tenant_id: UUID, key_id: str, after_seconds: float = 0) -> ApiKey | None:
        """End a key now, or let it live `after_seconds` more (never longer than it had)."""
        row = self._db.one(
            tenant_id,
            "UPDATE api_keys SET"
            " revoked_at = CASE WHEN %(after)s > 0 THEN revoked_at"
            "                   ELSE coalesce(revoked_at, now()) END,"
            " expires_at = CASE WHEN %(after)s > 0"
            "   THEN least(expires_at, now() + make_interval(secs => %(after)s))"
            "   ELSE expires_at END"
            f" WHERE tenant_id = %(tenant)s AND id = %(id)s RETURNING {KEY_COLUMNS}",
            {"tenant": tenant_id, "id": key_id, "after": float(after_seconds)},
        )
        return ApiKey.of(row) if row else None
