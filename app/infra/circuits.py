"""Circuits and loads that processes share, in Redis."""

import json
import time
from collections.abc import Mapping

import redis

from providers.routing.circuit import Opened

CIRCUITS = "penstock:circuits"
LOADS = "penstock:loads"
PROBE = "penstock:circuits:probe"
PATIENCE = 0.25  # seconds that Redis may take
FORGOTTEN = 120.0  # seconds past its time after which a half-open circuit counts as closed
REST = 2.0  # seconds that a Redis which failed is left alone


class RedisCircuits:
    """One hash for all: it holds nothing while nothing fails. Raises redis.RedisError."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, decode_responses=True
        )
        self._rests_until = 0.0

    def read(self) -> Mapping[str, Opened]:
        """The circuits that are open or half open."""
        if time.monotonic() < self._rests_until:
            raise redis.ConnectionError("it did not answer a moment ago")
        try:
            fields: dict[str, str] = self._redis.hgetall(CIRCUITS)  # type: ignore[assignment]
        except redis.RedisError:
            self._rests_until = time.monotonic() + REST
            raise
        found = {name: Opened(**json.loads(text)) for name, text in fields.items()}
        edge = time.time() - FORGOTTEN
        old = [name for name, opened in found.items() if opened.until < edge]
        if old:
            self._redis.hdel(CIRCUITS, *old)
        return {name: opened for name, opened in found.items() if opened.until >= edge}

    def put(self, name: str, opened: Opened) -> None:
        self._redis.hset(CIRCUITS, name, json.dumps(vars(opened)))

    def drop(self, name: str) -> None:
        self._redis.hdel(CIRCUITS, name)
        self._redis.delete(f"{PROBE}:{name}")

    def take_probe(self, name: str, seconds: float) -> bool:
        """Whether this caller, of all processes, may try the deployment now."""
        return bool(self._redis.set(f"{PROBE}:{name}", "1", nx=True, px=int(seconds * 1000)))


class RedisLoads:
    """One hash: a field a deployment and process. Raises redis.RedisError."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, decode_responses=True
        )

    def tell(self, name: str, text: str) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.hset(LOADS, name, text)
            pipe.expire(LOADS, int(FORGOTTEN))
            pipe.execute()

    def read(self) -> Mapping[str, str]:
        found: dict[str, str] = self._redis.hgetall(LOADS)  # type: ignore[assignment]
        edge = time.time() - FORGOTTEN
        gone = [name for name, text in found.items() if json.loads(text)["at"] < edge]
        if gone:
            self._redis.hdel(LOADS, *gone)
        return found
