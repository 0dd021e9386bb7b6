"""How many jobs are open, told by the one process that counts to all that are asked. In Redis."""

import json
from collections.abc import Mapping

from app.infra.resting_redis import RestingRedis

KEY = "penstock:jobs:open"


class RedisJobCounts:
    """Raises nothing: without Redis nothing is told."""

    def __init__(self, url: str) -> None:
        self._resting = RestingRedis(url, "job_counts_off")
        self._redis = self._resting.client

    def put(self, counts: Mapping[str, int], seconds: int) -> None:
        """Tell the counts by status for so long."""
        self._resting.attempt(lambda: self._redis.set(KEY, json.dumps(counts), ex=seconds))

    def read(self) -> dict[str, int] | None:
        """What was told last; None when that is too long ago."""
        text = self._resting.attempt(lambda: self._redis.get(KEY))
        return json.loads(text) if text else None
