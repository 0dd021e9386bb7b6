from typing import Any

import pytest

from app.services.budget import over_budget, shares, spent
from tests.unit.services.test_ladder import call


@pytest.mark.parametrize(
    ("costs", "given", "over"),
    [
        ([], {"max_cost": 0.001}, False),
        ([500], {"max_cost": 0.001}, False),
        ([500, 500], {"max_cost": 0.001}, True),
        ([500, 500], {}, False),
        ([None, 999], {"max_cost": 0.001}, False),
        ([500], {"max_cost": 0.001, "max_cost_each": 0.0005}, True),
    ],
)
def test_a_budget_is_spent(costs: list[int | None], given: dict[str, Any], over: bool) -> None:
    calls = [call("failed", cost_micros=cost) for cost in costs]
    assert over_budget(calls, given) is over


def test_the_error_says_what_it_was_spent_on() -> None:
    error = {"errors": [{"pointer": "/a", "detail": "is missing"}]}
    calls = [call("succeeded", cost_micros=1500, error=error)]
    found = spent(calls, {"max_cost": 0.001})
    assert found["code"] == "over_budget"
    assert "1 calls cost $0.001500 of $0.001000" in found["message"]
    assert found["errors"] == error["errors"]


@pytest.mark.parametrize(
    ("given", "over"),
    [
        ({"max_tokens": 21}, False),
        ({"max_tokens": 20}, True),
        ({"max_tokens": 100, "max_tokens_each": 20.0}, True),
        ({"max_tokens": 21, "max_cost": 0.001}, False),
        ({"max_tokens": 20, "max_cost": 0.001}, True),
    ],
)
def test_tokens_are_a_budget_too(given: dict[str, Any], over: bool) -> None:
    parts = {"input_tokens": 1, "cache_read_tokens": 2, "cache_write_tokens": 3}
    calls = [call("failed", **parts, output_tokens=4), call("failed", reasoning_tokens=10)]
    assert over_budget(calls, given) is over
    assert not over or f"took 20 tokens of {20} allowed" in spent(calls, given)["message"]


def test_items_share() -> None:
    assert shares({"max_cost": 1, "max_tokens": 10, "prompt": "x"}, 4) == {
        "max_cost_each": 0.25,
        "max_tokens_each": 2.5,
    }
