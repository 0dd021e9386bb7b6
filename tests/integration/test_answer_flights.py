"""One call for all who ask the same, over a real Valkey: caches of processes, without workers."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis

from app.infra.answer_store import FLIGHT, LARGEST, AnswerStore
from app.services import answer_cache
from app.services.answer_cache import AnswerCache, Found, Later, Lead, key_of
from providers.calls import CancelToken
from tests.support.servers import Servers

TENANT = UUID(int=7)
TTL = 60


class Asked:
    """Caches as processes have them; `dead` says whose claims have ended."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self.dead: set[str] = set()
        self.prompt = uuid4().hex
        self.checks: Counter[str] = Counter()

    def cache(self, ttl: int = TTL) -> AnswerCache:
        return AnswerCache(AnswerStore(self.url), ttl, self._alive)

    def _alive(self, tenant: UUID, stage: str, epoch: int) -> bool:
        assert (tenant, epoch) == (TENANT, 1)
        self.checks[stage] += 1
        return stage not in self.dead

    def claim(self, stage: str = "one", **given: Any) -> Any:
        job = SimpleNamespace(input={"prompt": self.prompt, "schema": {}, **given})
        stages = SimpleNamespace(id=stage, item=None)
        return SimpleNamespace(tenant_id=TENANT, job=job, stage=stages, epoch=1)

    def look(self, by: AnswerCache, stage: str = "one", **given: Any) -> Found | Lead | Later:
        return by.look(self.claim(stage, **given), "openai/m", CancelToken())

    @property
    def key(self) -> str:
        return key_of(TENANT, "openai/m", self.claim().job.input, None)


@pytest.fixture
def asked(servers: Servers) -> Asked:
    return Asked(servers.valkey.url)


def test_many_threads_of_many_processes_make_one_call(asked: Asked) -> None:
    caches, calls, start = [asked.cache() for _ in range(4)], list[int](), threading.Barrier(24)

    def ask(n: int) -> Any:
        start.wait()
        found = asked.look(caches[n % 4], f"stage{n}")
        if isinstance(found, Lead):
            calls.append(n)
            time.sleep(0.3)
            caches[n % 4].keep(found, {"n": n})
            caches[n % 4].release(found)
            return "miss", {"n": n}
        assert isinstance(found, Found)
        return found.how, found.output

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(ask, range(24)))
    assert len(calls) == 1
    assert all(output == {"n": calls[0]} for _, output in answers)
    assert Counter(how for how, _ in answers) == {"miss": 1, "shared": 23}
    assert asked.redis.get(FLIGHT + asked.key) is None


def test_one_of_many_takes_over_from_a_dead_leader(asked: Asked) -> None:
    first, caches = asked.look(asked.cache(), "dies"), [asked.cache() for _ in range(3)]
    assert isinstance(first, Lead)
    asked.dead.add("dies")
    start, calls = threading.Barrier(12), list[int]()

    def ask(n: int) -> str:
        start.wait()
        found = asked.look(caches[n % 3], f"stage{n}")
        if not isinstance(found, Lead):
            assert isinstance(found, Found)
            return found.how
        calls.append(n)
        time.sleep(0.2)
        caches[n % 3].release(first)  # the dead one's last word, late
        assert asked.redis.get(FLIGHT + asked.key) == found.owner
        caches[n % 3].keep(found, 1)
        caches[n % 3].release(found)
        return "miss"

    with ThreadPoolExecutor(12) as pool:
        answers = Counter(pool.map(ask, range(12)))
    assert (len(calls), answers) == (1, {"miss": 1, "shared": 11})


def test_a_leader_that_lives_is_waited_for_and_then_later(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_cache, "PATIENCE", 0.4)
    one, two = asked.cache(), asked.cache()
    lead = asked.look(one, "one")
    assert isinstance(lead, Lead)
    assert isinstance(asked.look(two, "two"), Later)
    assert asked.checks == {"one": 1}, "its life is asked of once a second"
    one.release(lead)
    assert isinstance(asked.look(two, "two"), Lead)


def test_who_is_canceled_waits_no_more(asked: Asked) -> None:
    assert isinstance(asked.look(asked.cache(), "one"), Lead)
    token, began = CancelToken(), time.monotonic()
    token.cancel()
    assert isinstance(asked.cache().look(asked.claim("two"), "openai/m", token), Later)
    assert time.monotonic() - began < 2


def test_the_same_stage_leads_again_after_its_worker_asked_twice(asked: Asked) -> None:
    assert isinstance(asked.look(asked.cache(), "one"), Lead)
    again = asked.look(asked.cache(), "one")
    assert isinstance(again, Lead)
    assert again.key == asked.key


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, True),
        ({"cache": {"bypass": True}}, False),
        ({"cache": {"bypass": True, "ttl": 60}}, False),
        ({"cache": {"bypass": False}}, True),
        ({"temperature": 0}, True),
        ({"temperature": 0.1}, False),
        ({"temperature": 0.1, "cache": {"ttl": 5}}, True),
        ({"temperature": 0.1, "cache": {"refresh": True}}, False),
    ],
)
def test_what_is_kept_and_looked_for(asked: Asked, given: dict[str, Any], kept: bool) -> None:
    cache = asked.cache()
    lead = asked.look(cache, **given)
    assert isinstance(lead, Lead)
    assert bool(lead.key) == kept
    cache.keep(lead, {"a": 1})
    cache.release(lead)
    found = asked.look(asked.cache(), "two", **given)
    assert (found == Found(output={"a": 1}, how="hit")) == kept


@pytest.mark.parametrize(("given", "ttl"), [({}, TTL), ({"cache": {"ttl": 7}}, 7)])
def test_how_long(asked: Asked, given: dict[str, Any], ttl: int) -> None:
    cache = asked.cache()
    lead = asked.look(cache, **given)
    assert isinstance(lead, Lead)
    cache.keep(lead, 1)
    left = asked.redis.ttl(f"penstock:answer:{lead.key}")
    assert left in (ttl, ttl - 1)
    off = asked.look(asked.cache(0), "two")
    assert off == Lead(), "a server that keeps none"
    assert isinstance(asked.look(asked.cache(0), "two", cache={"ttl": 7}), Found)


def test_a_refresh_asks_anew_and_others_get_that(asked: Asked) -> None:
    cache, other = asked.cache(), asked.cache()
    old = asked.look(cache)
    assert isinstance(old, Lead)
    cache.keep(old, "old")
    cache.release(old)
    anew = asked.look(other, "two", cache={"refresh": True})
    assert isinstance(anew, Lead)
    beside = asked.look(cache, "three", cache={"refresh": True})
    assert isinstance(beside, Lead), "nobody's answer serves it"
    assert asked.look(cache, "four") == Found(output="old", how="hit")
    cache.release(beside)
    assert asked.redis.get(FLIGHT + asked.key) == anew.owner, "the lead was not its own"
    other.keep(anew, "new")
    other.release(anew)
    assert asked.look(cache, "four") == Found(output="new", how="hit")


def test_an_answer_that_is_too_large_is_not_kept_and_blocks_nobody(asked: Asked) -> None:
    cache = asked.cache()
    lead = asked.look(cache)
    assert isinstance(lead, Lead)
    cache.keep(lead, "x" * LARGEST)
    cache.release(lead)
    assert isinstance(asked.look(asked.cache(), "two"), Lead)


def test_a_redis_that_dies_meanwhile_costs_calls_and_no_more(asked: Asked) -> None:
    cache = asked.cache()
    lead = asked.look(cache)
    assert isinstance(lead, Lead)
    away = AnswerCache(AnswerStore("redis://127.0.0.1:1/0"), TTL, lambda *_: True)
    found = asked.look(away, "two")
    assert isinstance(found, Lead)
    away.keep(found, 1)
    away.release(found)
    cache.keep(lead, 1)
    cache.release(lead)
    assert isinstance(asked.look(asked.cache(), "three"), Found)


class Between(AnswerStore):
    """What another does in between: after the look number `n`, which found nothing."""

    def __init__(self, url: str, n: int, then: Callable[[], None]) -> None:
        super().__init__(url)
        self._left, self._then = n, then

    def get(self, key: str) -> str | None:
        found = super().get(key)
        self._left -= 1
        if not self._left:
            self._then()
        return found


@pytest.mark.parametrize("follows", [False, True])
def test_an_answer_that_comes_between_two_looks_is_not_asked_for_again(
    asked: Asked, follows: bool
) -> None:
    """`follows`: it waits for a leader that ends while it asks who leads."""
    first = asked.cache()
    lead = asked.look(first)
    assert isinstance(lead, Lead)

    def ends() -> None:
        first.keep(lead, "its")
        first.release(lead)

    store = Between(asked.url, 2 if follows else 1, ends)
    found = AnswerCache(store, TTL, lambda *_: True).look(
        asked.claim("two"), "openai/m", CancelToken()
    )
    assert isinstance(found, Found)
    assert found.output == "its"
    assert asked.redis.get(FLIGHT + asked.key) is None


def test_what_a_leader_kept_before_it_died_is_taken(asked: Asked) -> None:
    first = asked.cache()
    lead = asked.look(first)
    assert isinstance(lead, Lead)
    asked.dead.add("one")

    def dies() -> None:
        first.keep(lead, "last")

    store = Between(asked.url, 2, dies)
    cache = AnswerCache(store, TTL, asked._alive)
    assert asked.look(cache, "two") == Found(output="last", how="shared")
