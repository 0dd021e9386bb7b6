"""The relay hands out what the limits have room for, and nobody is starved or held up."""

from dataclasses import replace

import pytest

from providers.routing.allowances import Allowances
from providers.routing.pools import Pools
from providers.types import Credential, ProviderConfig, RateLimits

PLAIN = ProviderConfig(name="p", kind="openai", models=("m", "n"))
KEY = PLAIN.credentials[0]


def handed(pools: Pools, deployment: str, tokens: int = 1000) -> int:
    """How many of 100 fit."""
    count = 0
    for _ in range(100):
        if pools.fits(deployment, tokens):
            pools.use(deployment, tokens)
            count += 1
    return count


def pools_of(config: ProviderConfig, taken: int = 0, tokens: int = 0) -> Pools:
    allowances = Allowances({"p": config}, clock=lambda: 1000.0)
    for _ in range(taken):
        assert allowances.take("p", "m", config.credentials[0], tokens) == 0.0
    return Pools(allowances)


def test_without_limits_there_is_no_end_of_room() -> None:
    pools = pools_of(PLAIN)
    assert (handed(pools, "p/m"), handed(pools, ""), pools.full()) == (100, 100, [])
    assert pools.room("p/m", 10) is None
    assert pools.seconds is None


def test_what_is_left_of_a_providers_limit_is_for_all_its_models() -> None:
    pools = pools_of(replace(PLAIN, requests_per_minute=600), taken=5)
    assert handed(pools, "p/m") + handed(pools, "p/n") == 15
    assert handed(pools, "q/m") == 100
    assert pools.full() == ["p/m", "p/n"]
    assert pools.seconds is not None
    assert 0 < pools.seconds <= 61 / 581


def test_a_tight_model_leaves_the_others_alone() -> None:
    pools = pools_of(replace(PLAIN, limits={"m": RateLimits(requests_per_minute=60)}))
    assert (handed(pools, "p/m"), handed(pools, "p/n")) == (2, 100)
    assert pools.full() == ["p/m"]


def test_what_waits_at_the_broker_counts() -> None:
    pools = pools_of(replace(PLAIN, requests_per_minute=300))
    pools.use("p/m", tokens=0, calls=7)
    assert handed(pools, "p/m") == 3


def test_keys_add_up() -> None:
    keys = tuple(Credential(name=name, requests_per_minute=90) for name in "ab")
    assert handed(pools_of(replace(PLAIN, keys=keys)), "p/m") == 6
    unlimited = (*keys, Credential(name="c"))
    assert handed(pools_of(replace(PLAIN, keys=unlimited)), "p/m") == 100
    own = tuple(replace(key, limits={"m": RateLimits(requests_per_minute=30)}) for key in keys)
    pools = pools_of(replace(PLAIN, keys=own))
    assert (handed(pools, "p/m"), handed(pools, "p/n")) == (2, 4)


def test_a_large_request_is_not_starved_by_small_ones() -> None:
    """Of 2,000 tokens at once 1,000 are left: it waits, and those behind it with it."""
    pools = pools_of(replace(PLAIN, tokens_per_minute=60_000), taken=1, tokens=1000)
    assert pools.fits("p/m", 50)
    assert not pools.fits("p/m", 5000)
    assert not pools.fits("p/m", 50)
    assert pools.refused == 2
    assert pools.seconds == pytest.approx(1000 * 61 / 58_001)


def test_of_several_deployments_any_will_do() -> None:
    config = replace(PLAIN, limits={"m": RateLimits(requests_per_minute=60)})
    pools = pools_of(replace(config, limits=config.limits | {"n": config.limits["m"]}))
    assert pools.room("p/m p/n", 10) == 4
    assert pools.room("p/m p/n q/m", 10) is None
    assert handed(pools, "p/m p/n q/m") == 100
    pools = pools_of(config)
    pools.use("p/m p/n", tokens=0, calls=2)
    assert pools.full() == ["p/m"]
