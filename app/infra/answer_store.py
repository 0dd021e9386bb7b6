"""Answers and who is about to give one, in Redis. Away, it holds nothing."""

from app.infra.resting_redis import RestingRedis

ANSWER = "penstock:answer:"
FLIGHT = "penstock:flight:"
EACH = 1000  # keys in one command
LARGEST = 1024 * 1024  # bytes of one answer
SWAP = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
"""


class AnswerStore:
    """Raises nothing: a cache that is away costs calls, not jobs."""

    def __init__(self, url: str) -> None:
        self._resting = RestingRedis(url, "answer_cache_off")
        self._redis = self._resting.client
        self._swap = self._redis.register_script(SWAP)

    def get(self, key: str) -> str | None:
        found: str | None = self._resting.attempt(lambda: self._redis.get(ANSWER + key))
        return found

    def put(self, key: str, text: str, ttl: int) -> None:
        """Keep an answer for `ttl` seconds, unless it is larger than 1 MB."""
        if len(text) <= LARGEST:
            self._resting.attempt(lambda: self._redis.set(ANSWER + key, text, ex=ttl))

    def drop(self, keys: list[str]) -> None:
        """Let answers go, however many, in one exchange."""

        def ask() -> None:
            with self._redis.pipeline(transaction=False) as pipe:
                for n in range(0, len(keys), EACH):
                    pipe.unlink(*[ANSWER + key for key in keys[n : n + EACH]])
                pipe.execute()

        if keys:
            self._resting.attempt(ask)

    def lead(self, key: str, owner: str, seconds: float) -> bool:
        """Become who asks for this answer; True as well when nobody can tell."""
        won = self._resting.attempt(
            lambda: self._redis.set(FLIGHT + key, owner, nx=True, px=int(seconds * 1000)) or False
        )
        return won is not False

    def leader(self, key: str) -> str | None:
        found: str | None = self._resting.attempt(lambda: self._redis.get(FLIGHT + key))
        return found

    def replace(self, key: str, owner: str, successor: str, seconds: float) -> bool:
        """Take the lead from an owner that died; False when another did."""
        args: list[str | int] = [owner, successor, int(seconds * 1000)]
        return bool(self._resting.attempt(lambda: self._swap(keys=[FLIGHT + key], args=args)))

    def release(self, key: str, owner: str) -> None:
        """Give up the lead, if it is still this owner's."""
        self._resting.attempt(lambda: self._swap(keys=[FLIGHT + key], args=[owner, "", 0]))
