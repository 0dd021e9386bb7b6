from datetime import UTC, datetime

import pytest

from providers.pricing import price
from providers.types import Price, Usage

AT = datetime(2026, 1, 15, tzinfo=UTC)
MILLION = 1_000_000


@pytest.mark.parametrize(
    ("kind", "model", "usage", "dollars"),
    [
        ("openai", "gpt-5", Usage(input_tokens=MILLION), 1.25),
        ("openai", "gpt-5", Usage(cache_read_tokens=MILLION), 0.125),
        ("openai", "gpt-5", Usage(output_tokens=MILLION), 10),
        ("openai", "gpt-5", Usage(reasoning_tokens=MILLION), 10),
        ("openai", "gpt-5-mini-2025-08-07", Usage(output_tokens=MILLION), 2),
        ("anthropic", "claude-haiku-4-5", Usage(input_tokens=100_000), 0.1),
        ("anthropic", "claude-haiku-4-5", Usage(cache_write_tokens=100_000), 0.125),
        ("anthropic", "claude-haiku-4-5", Usage(cache_read_tokens=100_000), 0.01),
        ("gemini", "gemini-2.5-flash", Usage(reasoning_tokens=100_000), 0.25),
    ],
)
def test_known_prices(kind: str, model: str, usage: Usage, dollars: float) -> None:
    found = price(kind, model, usage, AT)
    assert found.cost_micros == round(dollars * MILLION)
    assert found.source.startswith("genai-prices ")


def test_parts_add_up() -> None:
    parts = [
        Usage(input_tokens=40_000),
        Usage(cache_read_tokens=40_000),
        Usage(output_tokens=40_000),
        Usage(reasoning_tokens=40_000),
    ]
    whole = Usage(
        input_tokens=40_000, cache_read_tokens=40_000, output_tokens=40_000, reasoning_tokens=40_000
    )
    costs = [price("openai", "gpt-5", part, AT).cost_micros or 0 for part in parts]
    assert price("openai", "gpt-5", whole, AT).cost_micros == sum(costs)


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("openai", "no-such-model"),
        ("openai_compatible", "gpt-5"),
        ("nobody", "gpt-5"),
        ("gemini", ""),
        ("huggingface", "openai/gpt-oss-20b"),  # whoever answers, it does not say who
        ("huggingface", "openai/gpt-oss-20b:cheapest"),
        ("ollama", "gpt-5"),
    ],
)
def test_the_unknown_is_unpriced(kind: str, model: str) -> None:
    unpriced = Price(cost_micros=None, source="unpriced")
    assert price(kind, model, Usage(input_tokens=1), AT) == unpriced


def test_a_known_compatible_address_is_priced() -> None:
    usage = Usage(input_tokens=MILLION)
    known = price("openai_compatible", "gpt-5", usage, AT, base_url="https://api.openai.com/v1")
    assert known.cost_micros == 1_250_000
    local = price("openai_compatible", "gpt-5", usage, AT, base_url="http://127.0.0.1:8000/v1")
    assert local.cost_micros is None


def test_no_tokens_cost_nothing() -> None:
    assert price("openai", "gpt-5", Usage(), AT).cost_micros == 0


def test_what_the_vendor_charged_goes_first() -> None:
    usage = Usage(input_tokens=MILLION, cost_micros=7)
    for model in ("openai/gpt-5-mini", "no-such-model"):
        assert price("openrouter", model, usage, AT) == Price(
            cost_micros=7, source="the answer of openrouter"
        )
    free = Usage(input_tokens=MILLION, cost_micros=0)
    assert price("openrouter", "openai/gpt-5-mini", free, AT).cost_micros == 0


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("bedrock", "eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("bedrock", "amazon.nova-pro-v1:0"),
        ("azure_openai", "gpt-5-mini"),
        ("openrouter", "anthropic/claude-sonnet-4.5"),
        ("huggingface", "openai/gpt-oss-20b:novita"),
    ],
)
def test_other_sellers_have_prices_of_their_own(kind: str, model: str) -> None:
    assert (price(kind, model, Usage(input_tokens=MILLION), AT).cost_micros or 0) > 0
