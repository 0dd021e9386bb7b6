"""No minute holds more than the limit, whoever takes, whatever the clock does."""

import math
import random
import threading
import time
from bisect import bisect_left

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.infra.rate_buckets import PREFIX, RedisBuckets
from providers.routing.buckets import DEEPEST, WINDOW, Bucket, Buckets, LocalBuckets
from tests.support.servers import Servers

MINUTE = 60.0


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def requests(limit: int, name: str = "p") -> Bucket:
    return Bucket(name=name, unit="requests", limit=limit)


def most_in_a_minute(taken: list[tuple[float, int]]) -> int:
    """The largest sum of units in any half-open minute."""
    times = [at for at, _ in taken]
    sums = [0]
    for _, units in taken:
        sums.append(sums[-1] + units)
    return max(
        (sums[bisect_left(times, at + MINUTE)] - sums[n] for n, at in enumerate(times)), default=0
    )


@given(
    limit=st.integers(1, 300),
    rushes=st.lists(st.tuples(st.floats(0, 90), st.integers(1, 200)), min_size=1, max_size=8),
)
@example(limit=300, rushes=[(0.0, 400)])
def test_no_minute_holds_more_requests_than_the_limit(
    limit: int, rushes: list[tuple[float, int]]
) -> None:
    """Rushes of takers after pauses, each of whom comes at the very moment that it was told."""
    clock, bucket = Clock(), requests(limit)
    buckets = LocalBuckets(clock)
    taken: list[tuple[float, int]] = []
    for pause, count in rushes:
        clock.now += pause
        for _ in range(count):
            while (seconds := buckets.take([(bucket, 1)])) > 0:
                clock.now += seconds
            taken.append((clock.now, 1))
    assert most_in_a_minute(taken) <= limit


@given(limit=st.integers(1, 100_000), sizes=st.lists(st.integers(1, 5_000), max_size=200))
def test_a_minute_holds_the_limit_in_tokens_and_what_one_call_is_over_the_burst(
    limit: int, sizes: list[int]
) -> None:
    """Each taker comes back when it was told to: so none waits longer than it must, either."""
    clock, bucket = Clock(), Bucket(name="p", unit="tokens", limit=limit)
    buckets = LocalBuckets(clock)
    taken: list[tuple[float, int]] = []
    for size in sizes:
        while (seconds := buckets.take([(bucket, size)])) > 0:
            clock.now += seconds
        taken.append((clock.now, size))
    over = max((max(0, size - bucket.burst) for size in sizes), default=0)
    assert most_in_a_minute(taken) <= limit + over


@pytest.mark.parametrize("limit", [1, 7, 60, 600, 3000])
def test_a_limit_can_be_used_up(limit: int) -> None:
    """By takers that wait as long as they are told: over nine tenths of it, in ten minutes."""
    clock, bucket = Clock(), requests(limit)
    buckets, count, end = LocalBuckets(clock), 0, Clock().now + 600
    while clock.now < end:
        seconds = buckets.take([(bucket, 1)])
        count += seconds == 0.0
        clock.now += seconds
    assert count >= 9 * limit


def test_all_buckets_give_or_none() -> None:
    clock = Clock()
    buckets = LocalBuckets(clock)
    wide, narrow = requests(6000, "wide"), requests(1, "narrow")
    assert buckets.take([(wide, 1), (narrow, 1)]) == 0.0
    before = buckets.levels([wide])
    assert buckets.take([(wide, 1), (narrow, 1)]) == pytest.approx(WINDOW)
    assert buckets.levels([wide]) == before


def test_what_was_not_spent_is_given_back() -> None:
    clock, bucket = Clock(), Bucket(name="p", unit="tokens", limit=6000)
    buckets = LocalBuckets(clock)
    assert buckets.take([(bucket, 5000)]) == 0.0
    assert buckets.take([(bucket, 100)]) > 40
    buckets.spend([(bucket, -4950)])
    assert buckets.take([(bucket, 100)]) == 0.0
    buckets.spend([(bucket, -(10**9))])  # never more than full
    assert buckets.levels([bucket]) == [bucket.burst]


def test_a_clock_that_steps_costs_two_minutes_or_lends_one_burst() -> None:
    clock, bucket = Clock(), requests(300)
    buckets = LocalBuckets(clock)

    def drain() -> int:
        count = 0
        while buckets.take([(bucket, 1)]) == 0.0:
            count += 1
        return count

    assert drain() == bucket.burst == 10
    clock.now += 86_400
    assert drain() == bucket.burst
    clock.now -= 7 * 86_400
    seconds = buckets.take([(bucket, 1)])
    assert 0 < seconds <= DEEPEST
    clock.now += seconds
    assert buckets.take([(bucket, 1)]) == 0.0


# Over Redis


@pytest.mark.parametrize("seed", range(5))
def test_redis_counts_as_a_process_does(servers: Servers, seed: int) -> None:
    rng, clock = random.Random(seed), Clock()
    local, shared = LocalBuckets(clock), RedisBuckets(servers.valkey.url, clock)
    known = [
        Bucket(name=f"{seed}-{n}", unit="tokens", limit=rng.choice([3, 50, 600, 90_000]))
        for n in range(3)
    ]
    for _ in range(150):
        clock.now += rng.choice([0.0, 0.001, 0.3, 5.0, -2.0])
        wanted = [(b, rng.choice([1, 1, 7, 900])) for b in rng.sample(known, rng.randint(1, 3))]
        if rng.random() < 0.25:
            wanted = [(b, rng.choice([-1, 1]) * units) for b, units in wanted]
            local.spend(wanted)
            shared.spend(wanted)
        else:
            assert shared.take(wanted) == pytest.approx(local.take(wanted), abs=1e-3)
        assert shared.levels(known) == pytest.approx(local.levels(known), abs=0.05, rel=1e-3)


def test_many_takers_over_redis_get_the_limit_and_no_more(servers: Servers) -> None:
    """32 threads for two seconds, at a limit far under what they ask for."""
    bucket, count, lock = requests(900, "crowd"), [0], threading.Lock()
    began = time.monotonic()

    def take_many() -> None:
        own: Buckets = RedisBuckets(servers.valkey.url)
        while time.monotonic() - began < 2.0:
            if own.take([(bucket, 1)]) == 0.0:
                with lock:
                    count[0] += 1
            else:
                time.sleep(0.005)

    threads = [threading.Thread(target=take_many) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    assert bucket.burst <= count[0] <= bucket.burst + math.ceil(took / bucket.interval)


def test_a_time_far_ahead_in_redis_is_waited_for_two_minutes_at_most(servers: Servers) -> None:
    """As after the server's clock was set back."""
    shared, bucket = RedisBuckets(servers.valkey.url), requests(60, "ahead")
    shared.spend([(bucket, 1)])
    ahead = f"{(time.time() + 86_400) * 1e6:.0f}"
    shared._script.registered_client.set(f"{PREFIX}:ahead:requests", ahead)
    assert 0 < shared.take([(bucket, 1)]) <= DEEPEST
