"""Prices that somebody set for a model, ahead of the list's."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from providers.pricing import Rates
from providers.types import Price, Usage

FIELDS = ("input", "output", "cache_read", "cache_write")
MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class OwnPrices:
    """Micro-dollars a million tokens; the cache's are the input's unless they are set."""

    input: int
    output: int
    cache_read: int | None = None
    cache_write: int | None = None
    source: str  # who set them: tenant | operator

    @classmethod
    def of(cls, given: Mapping[str, Any], source: str) -> Self:
        """From a table of FIELDS."""
        return cls(source=source, **{name: given[name] for name in FIELDS if name in given})

    @property
    def rates(self) -> Rates:
        """For estimates, which know nothing of caches."""
        return Rates(input=self.input / MILLION, output=self.output / MILLION)

    def cost(self, usage: Usage) -> Price:
        """What a call cost; reasoning is output."""
        read = self.input if self.cache_read is None else self.cache_read
        write = self.input if self.cache_write is None else self.cache_write
        total = (
            usage.input_tokens * self.input
            + usage.cache_read_tokens * read
            + usage.cache_write_tokens * write
            + (usage.output_tokens + usage.reasoning_tokens) * self.output
        )
        micros = (Decimal(total) / MILLION).to_integral_value(ROUND_HALF_UP)
        return Price(cost_micros=int(micros), source=self.source)
