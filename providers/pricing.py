"""What a call cost, by the price list that ships with genai-prices. Offline."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from providers.types import Price, Usage

UNPRICED = Price(cost_micros=None, source="unpriced")
VENDORS = {"openai": "openai", "anthropic": "anthropic", "gemini": "google"}


def price(
    kind: str, model: str, usage: Usage, at: datetime, *, base_url: str | None = None
) -> Price:
    """The cost at the prices of `at`, in integer micro-dollars.

    An unknown model is unpriced, never free. An `openai_compatible` provider is priced only when
    its `base_url` is one that the list knows. Simulated calls cost what the named model would.
    """
    import genai_prices

    # The list counts as OpenAI does: input with the cache, output with the reasoning.
    counts = genai_prices.Usage(
        input_tokens=usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_tokens=usage.output_tokens + usage.reasoning_tokens,
    )
    try:
        if kind in VENDORS:
            found = genai_prices.calc_price(
                counts, model, provider_id=VENDORS[kind], genai_request_timestamp=at
            )
        elif base_url is not None:
            found = genai_prices.calc_price(
                counts, model, provider_api_url=base_url, genai_request_timestamp=at
            )
        else:
            return UNPRICED
    except (LookupError, ValueError):
        return UNPRICED
    return Price(cost_micros=_micros(found.total_price), source=_source())


def _micros(dollars: Decimal) -> int:
    return int((dollars * 1_000_000).to_integral_value(ROUND_HALF_UP))


@cache
def _source() -> str:
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"
