"""Circuits and loads that processes share, in Redis."""

import json
import time
from collections.abc import Mapping

from app.infra.resting_redis import RestingRedis
from providers.routing.circuit import Opened

CIRCUITS = "penstock:circuits"
LOADS = "penstock:loads"
PROBE = "penstock:circuits:probe"
FORGOTTEN = 120.0  # seconds past its time after which a half-open circuit counts as closed


class RedisCircuits:
    """One hash for all: it holds nothing while nothing fails. Raises redis.RedisError."""

    def __init__(self, url: str) -> None:
        self._resting = RestingRedis(url, "circuits_not_shared")
        self._redis = self._resting.client

    def read(self) -> Mapping[str, Opened]:
        """The circuits that are open or half open."""
        fields: dict[str, str] = self._resting.ask(lambda: self._redis.hgetall(CIRCUITS))
        found = {name: Opened(**json.loads(text)) for name, text in fields.items()}
        edge = time.time() - FORGOTTEN
        old = [name for name, opened in found.items() if opened.until < edge]
        if old:
            self._redis.hdel(CIRCUITS, *old)
        return {name: opened for name, opened in found.items() if opened.until >= edge}

    def put(self, name: str, opened: Opened) -> None:
        self._resting.ask(lambda: self._redis.hset(CIRCUITS, name, json.dumps(vars(opened))))

    def drop(self, name: str) -> None:
        def ask() -> None:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.hdel(CIRCUITS, name)
                pipe.delete(f"{PROBE}:{name}")
                pipe.execute()

        self._resting.ask(ask)

    def take_probe(self, name: str, seconds: float) -> bool:
        """Whether this caller, of all processes, may try the deployment now."""
        key, wait = f"{PROBE}:{name}", int(seconds * 1000)
        return bool(self._resting.ask(lambda: self._redis.set(key, "1", nx=True, px=wait)))


class RedisLoads:
    """One hash: a field a deployment and process. Raises redis.RedisError."""

    def __init__(self, url: str) -> None:
        self._resting = RestingRedis(url, "loads_not_shared")
        self._redis = self._resting.client

    def tell(self, name: str, text: str) -> None:
        def ask() -> None:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.hset(LOADS, name, text)
                pipe.expire(LOADS, int(FORGOTTEN))
                pipe.execute()

        self._resting.ask(ask)

    def read(self) -> Mapping[str, str]:
        found: dict[str, str] = self._resting.ask(lambda: self._redis.hgetall(LOADS))
        edge = time.time() - FORGOTTEN
        gone = [name for name, text in found.items() if json.loads(text)["at"] < edge]
        if gone:
            self._redis.hdel(LOADS, *gone)
        return found
