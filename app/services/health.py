"""Whether this process can do its work."""

import psycopg
import psycopg_pool

from app.infra.postgres import Database


class HealthService:
    def __init__(self, database: Database) -> None:
        self._db = database

    def ready(self) -> dict[str, str]:
        """Each check: "ok", or why not. Submissions need Postgres and nothing else."""
        try:
            rows = self._db.system("SELECT to_regclass('public.outbox') IS NOT NULL AS there")
        except (psycopg.Error, psycopg_pool.PoolTimeout):
            return {"database": "cannot be reached"}
        return {"database": "ok" if rows[0]["there"] else "not migrated; run `penstock migrate`"}
