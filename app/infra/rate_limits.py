"""Requests a minute, counted in Redis by GCRA: every bucket of a request in one round trip.

GCRA (ITU-T I.371, "virtual scheduling") keeps one number a bucket, the theoretical arrival time of
the next request; a bucket that was idle lets a whole minute's quota through at once.
"""

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import redis

log = logging.getLogger(__name__)
PERIOD = 60  # seconds
PATIENCE = 0.25  # seconds that Redis may take
REST = 2.0  # seconds that a Redis which failed is left alone
SCRIPT = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local period = tonumber(ARGV[1]) * 1000000
local fresh, answer, denied = {}, {0}, 0
for i, key in ipairs(KEYS) do
  local emission = period / tonumber(ARGV[i + 1])
  local tat = math.max(tonumber(redis.call('GET', key) or now), now)
  local after = tat + emission
  if after - period > now then
    if denied == 0 then denied = i end
    answer[1 + i * 2 - 1], answer[1 + i * 2] = 0, math.ceil(after - period - now)
    after = tat
  else
    answer[1 + i * 2 - 1] = math.floor((now - (after - period)) / emission)
    answer[1 + i * 2] = math.ceil(after - now)
  end
  fresh[i] = after
end
answer[1] = denied
if denied == 0 then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.0f', fresh[i]), 'PX', math.ceil(period / 1000) + 1000)
  end
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


class RateLimiter:
    """Lets everything pass while Redis is away, and asks it again only now and then."""

    def __init__(self, url: str | None) -> None:
        self._redis = (
            redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
            if url
            else None
        )
        self._script = self._redis.register_script(SCRIPT) if self._redis else None
        self._rests_until = 0.0

    def check(self, buckets: Sequence[Bucket]) -> Verdict | None:
        """Count one request against every bucket, or against none; None when nobody counted."""
        if self._script is None or not buckets or time.monotonic() < self._rests_until:
            return None
        try:
            answer = self._script(
                keys=[f"penstock:rate:{bucket.key}" for bucket in buckets],
                args=[PERIOD, *(bucket.quota for bucket in buckets)],
            )
        except redis.RedisError as error:
            self._rests_until = time.monotonic() + REST
            log.warning("rate_limits_off", extra={"why": str(error)[:200], "seconds": REST})
            return None
        standings = [
            Standing(
                policy=bucket.policy,
                quota=bucket.quota,
                remaining=answer[1 + 2 * index],
                reset=answer[2 + 2 * index] / 1e6,
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
