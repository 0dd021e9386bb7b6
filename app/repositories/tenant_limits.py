"""What a tenant may use, where it differs from the operator's defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.infra.postgres import Database
from app.repositories.records import FromRow

COLUMNS = (
    *("weight", "max_in_flight", "max_queued", "requests_per_minute", "key_requests_per_minute"),
    *("input_days", "output_days", "event_days"),
)
GET = "SELECT * FROM tenant_limits WHERE tenant_id = %(tenant)s"
# Both by index, however long the backlog: counting ends at the cap.
WAITING = """
SELECT count(*) AS waiting FROM (
    SELECT 1 FROM outbox WHERE tenant_id = %(tenant)s LIMIT %(most)s) AS counted"""


@dataclass(frozen=True, kw_only=True)
class TenantLimits(FromRow):
    """None: the operator's default."""

    weight: int = 1
    max_in_flight: int | None = None
    max_queued: int | None = None
    requests_per_minute: int | None = None
    key_requests_per_minute: int | None = None
    input_days: int | None = None
    output_days: int | None = None
    event_days: int | None = None


class TenantLimitRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, tenant_id: UUID) -> TenantLimits:
        row = self._db.one(tenant_id, GET, {"tenant": tenant_id})
        return TenantLimits.of(row) if row else TenantLimits()

    def waiting(self, tenant_id: UUID, most: int) -> int:
        """Messages of the tenant that wait in Postgres, counted up to `most`."""
        row = self._db.one(tenant_id, WAITING, {"tenant": tenant_id, "most": most})
        return row["waiting"] if row else 0

    def set(self, tenant_id: UUID, changes: Mapping[str, int | None]) -> TenantLimits:
        """Change what is named, of COLUMNS. As the system role."""
        named = [name for name in COLUMNS if name in changes]
        columns = ", ".join(["tenant_id", *named])
        values = ", ".join(["%(tenant)s", *(f"%({name})s" for name in named)])
        updates = ", ".join(["updated_at = now()", *(f"{n} = EXCLUDED.{n}" for n in named)])
        row = self._db.system(
            f"INSERT INTO tenant_limits ({columns}) VALUES ({values})"
            f" ON CONFLICT (tenant_id) DO UPDATE SET {updates} RETURNING *",
            {**changes, "tenant": tenant_id},
        )[0]
        return TenantLimits.of(row)
