import json
from datetime import UTC, datetime

import pytest

from providers.capability_table import TABLE, price_provider
from providers.pricing import price, provider_ids
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


def test_a_vendors_id_that_somebody_set_goes_before_the_tables() -> None:
    used = Usage(input_tokens=MILLION)
    for kind, model in (("openai_compatible", "gpt-5"), ("huggingface", "gpt-5:together")):
        assert price(kind, model, used, AT).cost_micros is None
        found = price(kind, model, used, AT, provider_id="openai")
        assert found.cost_micros == round(1.25 * MILLION)
    assert price("openai", "gpt-5", used, AT, provider_id="google").cost_micros is None
    assert price("openai", "gpt-5", used, AT, provider_id="no-such-vendor").cost_micros is None


def test_the_table_names_vendors_that_the_price_list_has() -> None:
    document = json.loads(TABLE.read_text())
    named = {row.get("price_provider") for row in document["models"]} - {None}
    assert named == set(document["price_providers"].values())
    assert named <= provider_ids()
    own = {(row["kind"], row.get("price_provider")) for row in document["models"]}
    assert {(k, v) for k, v in own if v} == set(document["price_providers"].items())
    assert price_provider("openai", "gpt-5-mini") == "openai"
    assert price_provider("gemini", "a-model-that-no-row-names") == "google"
    assert price_provider("vllm", "gpt-5") is None
    assert price_provider("huggingface", "m:together") == "huggingface_together"


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
