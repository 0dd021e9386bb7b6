"""What the limiter tells Redis, and what it does without."""

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from app.infra import rate_limits
from app.infra.rate_limits import Bucket, RateLimiter

BUCKETS = (Bucket(policy="tenant", key="t", quota=1_000_000),)


class Script:
    """Redis by itself: counts what it is told, answers after a while, or fails."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.counted = self.asked = 0
        self.failing = False
        self._lock = threading.Lock()

    def __call__(self, *, keys: Sequence[str], args: Sequence[int]) -> list[int]:
        with self._lock:
            self.asked += 1
            if not self.failing:
                self.counted += args[1] + 1
        time.sleep(self.seconds)
        if self.failing:
            raise redis.ConnectionError("gone")
        return [0, 1_000_000, 60_000_000]


def limiter(script: Script) -> RateLimiter:
    made = RateLimiter("redis://127.0.0.1:1")
    made._script = script  # type: ignore[assignment]
    return made


def test_whatever_threads_ask_at_once_every_request_is_reported() -> None:
    script = Script(seconds=0.002)
    tried = limiter(script)

    def one(n: int) -> None:
        tried.check(BUCKETS)
        time.sleep(0.0005)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(3000)))
    unreported = sum(ahead.unreported for ahead in tried._ahead.values())
    assert script.counted + unreported == 3000
    assert unreported <= rate_limits.AHEAD
    assert script.asked < 3000


def test_a_dead_redis_is_tried_by_one_request_at_a_time_and_told_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    caplog.set_level(logging.INFO, "app.infra.rate_limits")
    script = Script(seconds=0.02)
    script.failing = True
    tried = limiter(script)
    assert tried.check(BUCKETS) is None
    for asked in range(2, 5):
        clock[0] += rate_limits.REST
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(lambda _: tried.check(BUCKETS), range(8))) == {None}
        assert script.asked == asked
    assert [record.message for record in caplog.records] == ["rate_limits_off"]
    script.failing = False
    clock[0] += rate_limits.REST
    assert tried.check(BUCKETS) is not None
    assert [record.message for record in caplog.records] == ["rate_limits_off", "rate_limits_on"]
