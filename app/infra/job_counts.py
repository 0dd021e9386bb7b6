"""How many jobs are open, told by the one process that counts to all that are asked. In Redis."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import redis

log = logging.getLogger(__name__)
KEY = "penstock:jobs:open"
PATIENCE = 0.25  # seconds that Redis may take
REST = 2.0  # seconds that a Redis which failed is left alone


class RedisJobCounts:
    """Raises nothing: without Redis nothing is told."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, decode_responses=True
        )
        self._rests_until = 0.0

    def put(self, counts: Mapping[str, int], seconds: int) -> None:
        """Tell the counts by status for so long."""
        self._try(lambda: self._redis.set(KEY, json.dumps(counts), ex=seconds))

    def read(self) -> dict[str, int] | None:
        """What was told last; None when that is too long ago."""
        text = self._try(lambda: self._redis.get(KEY))
        return json.loads(text) if text else None

    def _try(self, ask: Callable[[], Any]) -> Any:
        if time.monotonic() < self._rests_until:
            return None
        try:
            return ask()
        except redis.RedisError as error:
            self._rests_until = time.monotonic() + REST
            log.warning("job_counts_off", extra={"why": str(error)[:200], "seconds": REST})
            return None
