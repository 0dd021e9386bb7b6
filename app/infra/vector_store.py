"""Vectors with values, found again by nearness. In Redis; away, it holds nothing."""

import base64
import operator
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.infra.resting_redis import RestingRedis

INDEX = "penstock:semantic:index:"  # sorted set a scope: group/id by the time it was kept
VECTORS = "penstock:semantic:vectors:"  # hash a scope and group: id -> vector
VALUE = "penstock:semantic:value:"  # string an entry: expires by itself
LARGEST = 100_000  # characters of one value
LONGEST = 86_400  # seconds that any value may be kept


@dataclass(frozen=True, kw_only=True)
class Near:
    """The nearest value within the threshold."""

    value: str
    similarity: float  # cosine: 1 is the same direction


class VectorStore(Protocol):
    """Entries in scopes, in groups; only one group is ever searched. Raises nothing."""

    def near(
        self, scope: str, group: str, vector: Sequence[float], threshold: float
    ) -> Near | None: ...

    def put(
        self, scope: str, group: str, id: str, vector: Sequence[float], value: str, ttl: int
    ) -> None: ...

    def drop(self, entries: Sequence[tuple[str, str, str]]) -> None: ...


class RedisVectors:
    """At most `entries` in a scope: the oldest makes room. Every look reads its group whole."""

    def __init__(self, url: str, entries: int) -> None:
        self._resting = RestingRedis(url, "semantic_cache_off")
        self._redis = self._resting.client
        self._entries = entries

    def near(
        self, scope: str, group: str, vector: Sequence[float], threshold: float
    ) -> Near | None:
        """The nearest, if its cosine is at least `threshold`."""
        asked = unit(vector)
        rows: dict[str, str] = (
            self._resting.attempt(lambda: self._redis.hgetall(_group(scope, group))) or {}
        )
        scored = [(_cosine(asked, _unpacked(text)), id) for id, text in rows.items()]
        for similarity, id in sorted((row for row in scored if row[0] >= threshold), reverse=True):
            value = self._value(scope, group, id)
            if value is not None:
                return Near(value=value, similarity=similarity)
            self.drop([(scope, group, id)])  # its time was up
        return None

    def put(
        self, scope: str, group: str, id: str, vector: Sequence[float], value: str, ttl: int
    ) -> None:
        """Keep for `ttl` seconds, unless the value is larger than 100,000 characters."""
        if len(value) <= LARGEST:
            self._resting.attempt(lambda: self._put(scope, group, id, unit(vector), value, ttl))

    def drop(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Each (scope, group, id), in one exchange."""

        def drop() -> None:
            with self._redis.pipeline(transaction=len(entries) == 1) as pipe:
                for scope, group, id in entries:
                    pipe.delete(_value(scope, group, id))
                    pipe.hdel(_group(scope, group), id)
                    pipe.zrem(INDEX + scope, f"{group}/{id}")
                pipe.execute()

        if entries:
            self._resting.attempt(drop)

    def _put(
        self, scope: str, group: str, id: str, vector: "array[float]", value: str, ttl: int
    ) -> None:
        with self._redis.pipeline() as pipe:
            pipe.set(_value(scope, group, id), value, ex=ttl)
            pipe.hset(_group(scope, group), id, _packed(vector))
            pipe.zadd(INDEX + scope, {f"{group}/{id}": time.time()})
            for key in (_group(scope, group), INDEX + scope):
                pipe.expire(key, LONGEST)
            pipe.execute()
        over: int = self._redis.zcard(INDEX + scope) - self._entries
        if over > 0:
            self._make_room(scope, over)

    def _value(self, scope: str, group: str, id: str) -> str | None:
        found: str | None = self._resting.attempt(lambda: self._redis.get(_value(scope, group, id)))
        return found

    def _make_room(self, scope: str, over: int) -> None:
        oldest: Any = self._redis.zrange(INDEX + scope, 0, over - 1)
        with self._redis.pipeline() as pipe:
            for member in oldest:
                group, _, id = member.partition("/")
                pipe.delete(_value(scope, group, id))
                pipe.hdel(_group(scope, group), id)
                pipe.zrem(INDEX + scope, member)
            pipe.execute()


def unit(vector: Sequence[float]) -> "array[float]":
    """The same direction, of length 1; zeros when it has none."""
    length = sum(n * n for n in vector) ** 0.5
    return array("f", [n / length if length else 0.0 for n in vector])


def _cosine(a: "array[float]", b: "array[float]") -> float:
    return sum(map(operator.mul, a, b)) if len(a) == len(b) else -1.0


def _packed(vector: "array[float]") -> str:
    return base64.b64encode(vector.tobytes()).decode()


def _unpacked(text: str) -> "array[float]":
    found = array("f")
    found.frombytes(base64.b64decode(text))
    return found


def _group(scope: str, group: str) -> str:
    return f"{VECTORS}{scope}:{group}"


def _value(scope: str, group: str, id: str) -> str:
    return f"{VALUE}{scope}:{group}:{id}"
