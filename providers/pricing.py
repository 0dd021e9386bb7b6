"""What a call cost, by the price list that ships with genai-prices. Offline."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache

from providers.capability_table import price_provider
from providers.types import Price, Usage

UNPRICED = Price(cost_micros=None, source="unpriced")


def price(
    kind: str,
    model: str,
    usage: Usage,
    at: datetime,
    *,
    base_url: str | None = None,
    provider_id: str | None = None,
) -> Price:
    """The cost at the prices of `at`, in integer micro-dollars.

    What the vendor says it charged goes first. An unknown model is unpriced, never free.
    `provider_id`: the vendor's in the list, where somebody set it; else the capability table's.
    A kind without one is priced only when its `base_url` is one that the list knows. Simulated
    calls cost what the named model would.
    """
    if usage.cost_micros is not None:
        return Price(cost_micros=usage.cost_micros, source=f"the answer of {kind}")
    import genai_prices

    # The list counts as OpenAI does: input with the cache, output with the reasoning.
    counts = genai_prices.Usage(
        input_tokens=usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_tokens=usage.output_tokens + usage.reasoning_tokens,
    )
    try:
        vendor, model = _vendor(kind, model, provider_id)
        if vendor is not None:
            found = genai_prices.calc_price(
                counts, model, provider_id=vendor, genai_request_timestamp=at
            )
        elif base_url is not None:
            found = genai_prices.calc_price(
                counts, model, provider_api_url=base_url, genai_request_timestamp=at
            )
        else:
            return UNPRICED
    except (LookupError, ValueError):
        return UNPRICED
    return Price(cost_micros=_micros(found.total_price), source=source())


@dataclass(frozen=True, kw_only=True)
class Rates:
    """Micro-dollars a token, at list price and without tiers: good for an estimate."""

    input: float
    output: float

    def estimate(self, input_tokens: int, output_tokens: int) -> int:
        """Micro-dollars."""
        return round(self.input * input_tokens + self.output * output_tokens)


@lru_cache(maxsize=4096)  # names are a few hundred bytes at most
def rates(
    kind: str, model: str, base_url: str | None, day: date, provider_id: str | None = None
) -> Rates | None:
    """A model's rates on a day; None: unpriced."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = [
        price(kind, model, usage, at, base_url=base_url, provider_id=provider_id).cost_micros
        for usage in (Usage(input_tokens=1000), Usage(output_tokens=1000))
    ]
    if found[0] is None or found[1] is None:
        return None
    return Rates(input=found[0] / 1000, output=found[1] / 1000)


def listed(kind: str, model: str) -> object | None:
    """The price list's own record of a model."""
    from genai_prices.data_snapshot import get_snapshot

    vendor, model = _vendor(kind, model)
    if vendor is None:
        return None
    try:
        return get_snapshot().find_provider_model(model, None, vendor, None)[1]
    except LookupError:
        return None


def provider_ids() -> frozenset[str]:
    """The vendors' ids that the list has."""
    from genai_prices.data_snapshot import get_snapshot

    return frozenset(provider.id for provider in get_snapshot().providers)


def _vendor(kind: str, model: str, given: str | None = None) -> tuple[str | None, str]:
    """The list's names of vendor and model; Hugging Face's router has the vendor in the model."""
    vendor = given or price_provider(kind, model)
    return vendor, model.rpartition(":")[0] or model if kind == "huggingface" else model


def _micros(dollars: Decimal) -> int:
    return int((dollars * 1_000_000).to_integral_value(ROUND_HALF_UP))


@cache
def source() -> str:
    """The list that prices come from."""
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"
