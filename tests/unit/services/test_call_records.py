"""What a call is recorded to have cost."""

from typing import Any

import pytest

from app.repositories.records import Call
from app.services.call_records import failed_call, succeeded_call
from app.services.deployments import Target
from providers.errors import ContentRefused
from providers.own_prices import OwnPrices
from providers.types import Completion, ProviderConfig, Usage

CALL = Call(
    id="call_1",
    stage_id="stg_1",
    run=1,
    sequence=1,
    choice=0,
    simulated=False,
    provider="p",
    model="gpt-5-mini",
    outcome="in_flight",
)
TOKENS = Usage(input_tokens=1_000_000, output_tokens=10)
OWN = OwnPrices(input=50_000, output=0, source="operator")
FREE = OwnPrices(input=0, output=0, source="operator")


def target(kind: str = "openai", model: str = "gpt-5-mini", **own: Any) -> Target:
    return Target(provider=ProviderConfig(name="p", kind=kind), model=model, **own)


def cost(deployment: Target, usage: Usage, model: str = "gpt-5-mini") -> tuple[int | None, str]:
    said = Completion(text="{}", model=model, finish="stop", usage=usage)
    found = succeeded_call(CALL, said, deployment)
    assert found.price_source is not None
    return found.cost_micros, found.price_source.split(" ")[0]


UNPRICED = (None, "unpriced")


@pytest.mark.parametrize(
    ("deployment", "usage", "expected"),
    [
        (target(), TOKENS, (250_020, "genai-prices")),
        (target(), Usage(), UNPRICED),  # a server that counts no tokens
        (target(prices=OWN), TOKENS, (50_000, "operator")),
        (target(prices=OWN), Usage(), UNPRICED),
        (target(prices=FREE), Usage(), (0, "operator")),
        (target(prices=OWN), Usage(output_tokens=5), (0, "operator")),
        (target(), Usage(cost_micros=0), (0, "the")),  # the vendor says so itself
        (target("vllm"), TOKENS, UNPRICED),
        (target("vllm"), Usage(), UNPRICED),
    ],
)
def test_what_nobody_counted_is_not_free(
    deployment: Target, usage: Usage, expected: tuple[int | None, str]
) -> None:
    assert cost(deployment, usage) == expected


def test_a_name_that_no_list_has_is_the_model_that_was_asked() -> None:
    assert cost(target(), TOKENS, "gpt5mini-of-our-own") == (250_020, "genai-prices")
    assert cost(target(), TOKENS, "gpt-5") == (1_250_100, "genai-prices")
    assert cost(target(model="nobody-knows"), TOKENS, "nor-this") == UNPRICED


@pytest.mark.parametrize(("usage", "expected"), [(TOKENS, 250_020), (Usage(), None), (None, None)])
def test_a_failed_call_costs_what_the_vendor_says(usage: Usage | None, expected: Any) -> None:
    error = ContentRefused("no", usage=usage)
    found = failed_call(CALL, error, 0.0, target(), again=False)
    assert (found.outcome, found.cost_micros) == ("failed", expected)
    assert found.price_source != "unpriced", "it was not answered"
