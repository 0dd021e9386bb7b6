"""How many jobs are queued, running and canceling: counted by one process, shown by any."""

import time

from app.infra.job_counts import RedisJobCounts
from app.repositories.recovery import RecoveryRepository

EVERY = 10.0  # seconds between counts
KEPT = 60  # seconds that a count is shown: after that nobody counts any more


class JobGauge:
    def __init__(self, rows: RecoveryRepository, told: RedisJobCounts | None) -> None:
        """Without `told`, a Redis, nothing is counted and nothing shown."""
        self._rows = rows
        self._told = told
        self._counted = float("-inf")

    def count(self) -> None:
        """Count, if it is time again."""
        now = time.monotonic()
        if self._told is not None and now - self._counted >= EVERY:
            self._counted = now
            self._told.put(self._rows.open_jobs(), KEPT)

    def read(self) -> dict[str, int] | None:
        """Jobs by status, of all tenants; None when nobody has counted them of late."""
        return self._told.read() if self._told is not None else None
