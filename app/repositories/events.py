"""Events of a job, by sequence."""

from uuid import UUID

from app.infra.postgres import Database
from app.repositories.records import Event

PAGE = """
SELECT * FROM events WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND sequence > %(after)s
ORDER BY sequence LIMIT %(limit)s"""


class EventRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def page(self, tenant_id: UUID, job_id: str, after: int, limit: int) -> list[Event]:
        params = {"tenant": tenant_id, "job": job_id, "after": after, "limit": limit}
        return [Event.of(row) for row in self._db.all(tenant_id, PAGE, params)]
