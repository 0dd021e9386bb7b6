"""What all processes together have asked of providers in a minute, counted in Redis."""

from collections.abc import Callable, Sequence

from app.infra.resting_redis import RestingRedis
from providers.routing.buckets import DEEPEST, SLACK, Bucket, Wanted

PREFIX = "penstock:limits"
# The arithmetic of providers.routing.buckets in microseconds, for all buckets of a call at once.
# KEYS: the buckets; ARGV: take | spend | levels, DEEPEST, a time for tests or '', SLACK, and for
# each bucket its interval, burst and units. Answers the microseconds to wait, and the levels.
SCRIPT = """
local now = redis.call('TIME')
now = ARGV[3] == '' and now[1] * 1000000 + now[2] or tonumber(ARGV[3])
local deepest, longest, answer, full = tonumber(ARGV[2]), 0, {}, {}
for i, key in ipairs(KEYS) do
  local interval, burst = tonumber(ARGV[i * 3 + 2]), tonumber(ARGV[i * 3 + 3])
  local units = tonumber(ARGV[i * 3 + 4])
  local full_at = tonumber(redis.call('GET', key) or now)
  if full_at > now + deepest then
    full_at = now + deepest
    redis.call('SET', key, string.format('%.0f', full_at), 'PX', deepest / 1000)
  end
  full_at = math.max(now, full_at)
  local level = burst - (full_at - now) / interval
  longest = math.max(longest, (math.min(units, burst) - level) * interval)
  answer[i + 1] = tostring(level)
  full[i] = math.ceil(math.min(full_at + units * interval, now + deepest))
end
if longest <= tonumber(ARGV[4]) then longest = 0 end
answer[1] = math.ceil(longest)
if ARGV[1] == 'spend' or (ARGV[1] == 'take' and longest == 0) then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.0f', full[i]), 'PX', deepest / 1000)
  end
end
return answer
"""


class RedisBuckets:
    """Raises redis.RedisError, and does not ask a Redis that failed again at once."""

    def __init__(self, url: str, clock: Callable[[], float] | None = None) -> None:
        """`clock`: seconds since the epoch, for tests; Redis' own without it."""
        self._resting = RestingRedis(url, "provider_limits_counted_alone")
        self._script = self._resting.client.register_script(SCRIPT)
        self._clock = clock

    def take(self, wanted: Wanted) -> float:
        return int(self._run("take", wanted)[0]) / 1e6

    def spend(self, wanted: Wanted) -> None:
        self._run("spend", wanted)

    def levels(self, buckets: Sequence[Bucket]) -> list[float]:
        return [float(text) for text in self._run("levels", [(b, 0) for b in buckets])[1:]]

    def _run(self, what: str, wanted: Wanted) -> Sequence[str]:
        numbers = [
            n for bucket, units in wanted for n in (bucket.interval * 1e6, bucket.burst, units)
        ]
        now = f"{self._clock() * 1e6:.0f}" if self._clock else ""
        keys = [f"{PREFIX}:{bucket.name}:{bucket.unit}" for bucket, _ in wanted]
        args: list[str | int | float] = [
            what,
            int(DEEPEST * 1e6),
            now,
            SLACK * 1e6,
            *(repr(n) for n in numbers),
        ]
        answer: Sequence[str] = self._resting.ask(lambda: self._script(keys=keys, args=args))
        return answer
