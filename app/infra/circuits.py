"""Circuits and loads that processes share, in Redis."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from app.infra.resting_redis import RestingRedis
from providers.routing.circuit import SAME, Opened
from providers.routing.steady import steady

CIRCUITS = "penstock:circuits"
LOADS = "penstock:loads"
PROBE = "penstock:circuits:probe"
FORGOTTEN = 120.0  # seconds past its time after which a half-open circuit counts as closed


class RedisCircuits:
    """One hash for all: it holds nothing while nothing fails. Raises redis.RedisError.

    Its times are by Redis' clock: those of machines may differ.
    """

    def __init__(self, url: str, clock: Callable[[], float] = steady) -> None:
        """`clock`: seconds since the epoch, as the circuits here go by."""
        self._resting = RestingRedis(url, "circuits_not_shared")
        self._redis = self._resting.client
        self._clock = clock
        self._ahead = 0.0  # seconds that Redis' clock is; 0: as good as not

    def read(self) -> Mapping[str, Opened]:
        """The circuits that are open or half open."""

        def ask() -> tuple[tuple[int, int], dict[str, str]]:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.time()
                pipe.hgetall(CIRCUITS)
                moment, fields = pipe.execute()
                return moment, fields

        (seconds, micros), fields = self._resting.ask(ask)
        now = seconds + micros / 1e6
        if abs(now - self._clock() - self._ahead) > SAME / 2:
            self._ahead = now - self._clock()
        found = {name: Opened(**json.loads(text)) for name, text in fields.items()}
        old = [name for name, opened in found.items() if opened.until < now - FORGOTTEN]
        if old:
            self._redis.hdel(CIRCUITS, *old)
        return {
            name: replace(opened, until=opened.until - self._ahead)
            for name, opened in found.items()
            if name not in old
        }

    def put(self, name: str, opened: Opened) -> None:
        told = {**vars(opened), "until": opened.until + self._ahead}

        def ask() -> None:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.hset(CIRCUITS, name, json.dumps(told))
                pipe.delete(f"{PROBE}:{name}")
                pipe.execute()

        self._resting.ask(ask)

    def leave_probe(self, name: str) -> None:
        self._resting.ask(lambda: self._redis.delete(f"{PROBE}:{name}"))

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
