"""What is exactly at a limit is within it, and one more is not."""

from typing import Any

import pytest

from providers.capabilities import Capabilities
from providers.routing.allowances import Headroom
from providers.routing.candidates import ANSWER, Needs, cost_of, reasons_against
from providers.routing.router import order
from tests.unit.providers.routing.test_router import other


@pytest.mark.parametrize(
    ("changes", "needs", "good"),
    [
        ({}, {"input_tokens": 90_000, "output_tokens": 10_000}, True),
        ({}, {"input_tokens": 90_001, "output_tokens": 10_000}, False),
        ({}, {"input_tokens": 100_000}, True),
        ({}, {"output_tokens": 10_000}, True),
        ({}, {"output_tokens": 10_001}, False),
        ({"capabilities": Capabilities()}, {"input_tokens": 10**7, "output_tokens": 10**6}, True),
        ({}, {"input_tokens": 10, "output_tokens": 5, "max_cost_micros": 20}, True),
        ({}, {"input_tokens": 10, "output_tokens": 5, "max_cost_micros": 19}, False),
        ({}, {"input_tokens": 10, "output_tokens": 5, "calls": 3, "max_cost_micros": 60}, True),
        ({}, {"input_tokens": 10, "output_tokens": 5, "calls": 3, "max_cost_micros": 59}, False),
        ({}, {"max_cost_micros": 2 * ANSWER}, True),
        ({}, {"max_cost_micros": 2 * ANSWER - 1}, False),
        ({"headroom": Headroom(requests=0, seconds=0.0)}, {}, True),
        ({"headroom": Headroom(requests=0, seconds=0.4)}, {}, False),
        ({"rates": None}, {}, True),
    ],
)
def test_at_the_limit(changes: dict[str, Any], needs: dict[str, Any], good: bool) -> None:
    candidate, wanted = other("x", **changes), Needs(**needs)
    assert (reasons_against(candidate, wanted) == []) is good
    assert len(order([candidate], wanted)) == good


def test_every_reason_is_told() -> None:
    poor = other("x", capabilities=Capabilities(), region=None, no_training=False, rates=None)
    needs = Needs(
        vision=True,
        tools=True,
        structured=True,
        region="eu",
        no_training=True,
        max_cost_micros=1,
        providers=frozenset(),
    )
    assert len(reasons_against(poor, needs)) == 7
    assert cost_of(poor, needs) is None


def test_answers_within_a_step_are_as_quick() -> None:
    near = [other("a", p95_ms=901.0), other("b", p95_ms=949.0)]
    firsts = {order(near, Needs(), "lowest_latency")[0].name for _ in range(100)}
    assert firsts == {"a", "b"}
    apart = [other("b", p95_ms=950.0), other("a", p95_ms=949.0)]
    assert {order(apart, Needs(), "lowest_latency")[0].name for _ in range(50)} == {"a"}


@pytest.mark.parametrize(
    ("needs", "plain"),
    [
        ({"input_tokens": 5, "calls": 9}, True),
        ({"output_tokens": 1}, False),
        ({"task": "code"}, False),
        ({"tools": True}, False),
        ({"max_cost_micros": 0}, False),
        ({"providers": frozenset()}, False),
        ({"region": "eu"}, False),
    ],
)
def test_a_request_is_plain_when_nothing_can_speak_against_it(
    needs: dict[str, Any], plain: bool
) -> None:
    assert Needs(**needs).plain is plain
