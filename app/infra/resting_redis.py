"""A Redis that may be away: asked with little patience, left alone for a while once it failed."""

import logging
import time
from collections.abc import Callable
from typing import Any

import redis

PATIENCE = 0.25  # seconds that an answer may take
REST = 2.0  # seconds that one which failed is left alone
log = logging.getLogger(__name__)


class RestingRedis:
    """One client of a process, for many threads. What depends on it must do without."""

    def __init__(self, url: str, off: str) -> None:
        """`off`: the event that is logged when it goes away, once until it is back."""
        self.client = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, decode_responses=True
        )
        self._off = off
        self._rests_until = 0.0  # 0: it answers

    def ask(self, question: Callable[[], Any]) -> Any:
        """Its answer. Raises redis.RedisError, at once while it rests."""
        if time.monotonic() < self._rests_until:
            raise redis.ConnectionError("it did not answer a moment ago")
        try:
            answer = question()
        except redis.RedisError as error:
            if not self._rests_until:
                log.warning(self._off, extra={"why": str(error)[:200], "seconds": REST})
            self._rests_until = time.monotonic() + REST
            raise
        self._rests_until = 0.0
        return answer

    def attempt(self, question: Callable[[], Any]) -> Any:
        """The same, and None when it is away."""
        try:
            return self.ask(question)
        except redis.RedisError:
            return None
