"""What somebody set as a model's price, against hand-made sums."""

from providers.own_prices import OwnPrices
from providers.types import Usage

USAGE = Usage(
    input_tokens=1_000,
    cache_read_tokens=400,
    cache_write_tokens=100,
    output_tokens=50,
    reasoning_tokens=150,
)


def test_each_kind_of_token_has_its_price() -> None:
    given = {"input": 2_000_000, "output": 10_000_000, "cache_read": 500_000, "cache_write": 0}
    found = OwnPrices.of(given, "tenant").cost(USAGE)
    assert (found.cost_micros, found.source) == (1_000 * 2 + 200 + 0 + 200 * 10, "tenant")


def test_the_caches_prices_are_the_inputs_unless_they_are_set() -> None:
    prices = OwnPrices.of({"input": 1_000_000, "output": 0}, "operator")
    assert prices.cost(USAGE).cost_micros == 1_500
    assert (prices.cost(USAGE).source, prices.rates.estimate(2_000, 9)) == ("operator", 2_000)


def test_halves_are_rounded_up_and_nothing_is_lost_on_the_way() -> None:
    prices = OwnPrices.of({"input": 1, "output": 500_000}, "tenant")
    assert prices.cost(Usage(output_tokens=1)).cost_micros == 1
    assert prices.cost(Usage(input_tokens=499_999)).cost_micros == 0
    assert prices.cost(Usage(input_tokens=10**12)).cost_micros == 10**6


def test_what_is_free_is_priced() -> None:
    found = OwnPrices.of({"input": 0, "output": 0}, "operator").cost(USAGE)
    assert (found.cost_micros, found.source) == (0, "operator")
