"""Requests a minute, counted in Redis by GCRA: every bucket of a request in one round trip.

GCRA (ITU-T I.371, "virtual scheduling") keeps one number a bucket, the theoretical arrival time of
the next request; a bucket that was idle lets a whole minute's quota through at once.
"""

import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import redis

log = logging.getLogger(__name__)
PERIOD = 60  # seconds
PATIENCE = 0.25  # seconds that Redis may take
MOST_BUCKETS = 10_000
REST = 2.0  # seconds that a Redis which failed is left alone
AHEAD = 32  # requests that a process lets through before it reports them ...
SPARE = 64  # ... when at least so many times as many are left
HOLD = 0.1  # seconds that it may take to do so
SCRIPT = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local period, before = tonumber(ARGV[1]) * 1000000, tonumber(ARGV[2])
local tats, emissions, answer, denied = {}, {}, {0}, 0
for i, key in ipairs(KEYS) do
  local emission = period / tonumber(ARGV[i + 2])
  local tat = math.max(tonumber(redis.call('GET', key) or now), now) + emission * before
  tats[i], emissions[i] = tat, emission
  if denied == 0 and tat + emission - period > now then denied = i end
end
answer[1] = denied
for i, key in ipairs(KEYS) do
  local tat, emission = tats[i], emissions[i]
  if denied == 0 then tat = tat + emission end
  local left = math.max(0, math.floor((now - (tat - period)) / emission))
  answer[i * 2] = left
  answer[i * 2 + 1] = math.ceil(left > 0 and tat - now or tat + emission - period - now)
  redis.call('SET', key, string.format('%.0f', tat), 'PX', math.ceil(period / 1000) + 1000)
end
return answer
"""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A quota to count against."""

    policy: str  # its name in the headers: tenant, key
    key: str
    quota: int  # requests a minute


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A bucket after a request."""

    policy: str
    quota: int
    remaining: int
    reset: float  # seconds until it is full again, or until the next request when it is empty


@dataclass(frozen=True, kw_only=True)
class Verdict:
    standings: Sequence[Standing]
    violated: Standing | None  # the first bucket that was empty; then nothing was counted


@dataclass
class _Ahead:
    """Requests that pass without asking, while most of every quota is left."""

    verdict: Verdict | None = None
    left: int = 0
    until: float = 0.0  # monotonic
    unreported: int = 0  # passed, and in no question to Redis yet


class RateLimiter:
    """Lets everything pass while Redis is away, and asks it again only now and then.

    Near a limit every request is counted as it comes. Far from it a process lets some through and
    reports them with the next one: asking each time would cost a submission a fifth of its time.
    """

    def __init__(self, url: str | None) -> None:
        self._redis = (
            redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
            if url
            else None
        )
        self._script = self._redis.register_script(SCRIPT) if self._redis else None
        self._rests_until = 0.0  # 0: Redis answers
        self._lock = threading.Lock()
        self._ahead: dict[Sequence[Bucket], _Ahead] = {}

    def check(self, buckets: Sequence[Bucket]) -> Verdict | None:
        """Count one request against every bucket, or against none; None when nobody counted."""
        if self._script is None or not buckets:
            return None
        now = time.monotonic()
        with self._lock:
            if self._rests_until:
                if now < self._rests_until:
                    return None
                self._rests_until = now + REST  # this request tries, the others go on without
            ahead = self._ahead.get(buckets)
            if ahead is None:
                before = 0
            elif ahead.left and now < ahead.until:
                ahead.left -= 1
                ahead.unreported += 1
                return ahead.verdict
            else:
                before, ahead.unreported, ahead.left = ahead.unreported, 0, 0
        return self._ask(buckets, before)

    def _ask(self, buckets: Sequence[Bucket], before: int) -> Verdict | None:
        assert self._script is not None
        try:
            answer = self._script(
                keys=[f"penstock:rate:{bucket.key}" for bucket in buckets],
                args=[PERIOD, before, *(bucket.quota for bucket in buckets)],
            )
        except redis.RedisError as error:
            self._fails(error)
            return None
        if self._rests_until:
            self._rests_until = 0.0
            log.info("rate_limits_on")
        verdict = _verdict(buckets, answer)
        self._let_ahead(buckets, verdict)
        return verdict

    def _fails(self, error: redis.RedisError) -> None:
        """Leave Redis alone for a while, and say so once."""
        with self._lock:
            first = not self._rests_until
            self._rests_until = time.monotonic() + REST
        if first:
            log.warning("rate_limits_off", extra={"why": str(error)[:200]})

    def _let_ahead(self, buckets: Sequence[Bucket], verdict: Verdict) -> None:
        spare = min(AHEAD, min(s.remaining for s in verdict.standings) // SPARE)
        if not spare or verdict.violated is not None:
            return
        with self._lock:
            if len(self._ahead) >= MOST_BUCKETS:
                self._ahead.clear()
            ahead = self._ahead.setdefault(buckets, _Ahead())
            # Others may have asked meanwhile: what they let through is still to be reported.
            ahead.verdict, ahead.left = verdict, max(0, spare - ahead.unreported)
            ahead.until = time.monotonic() + HOLD


def _verdict(buckets: Sequence[Bucket], answer: Sequence[int]) -> Verdict:
    standings = [
        Standing(
            policy=bucket.policy,
            quota=bucket.quota,
            remaining=answer[1 + 2 * index],
            reset=max(0.0, answer[2 + 2 * index] / 1e6),
        )
        for index, bucket in enumerate(buckets)
    ]
    denied = answer[0]
    return Verdict(standings=standings, violated=standings[denied - 1] if denied else None)


def headers(standings: Sequence[Standing]) -> dict[str, str]:
    """RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10)."""
    return {
        "RateLimit-Policy": ", ".join(f'"{s.policy}";q={s.quota};w={PERIOD}' for s in standings),
        "RateLimit": ", ".join(
            f'"{s.policy}";r={s.remaining};t={math.ceil(s.reset)}' for s in standings
        ),
    }
