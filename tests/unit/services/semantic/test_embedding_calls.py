"""Embedding calls: what they cost, and what is done when they fail."""

from dataclasses import replace

from app.services.embedding_calls import SECONDS
from app.services.ladder import Ask, next_step
from providers.errors import AuthenticationFailed, ProviderUnavailable
from providers.own_prices import OwnPrices
from tests.unit.services.semantic.parts import Parts


def test_an_operators_prices_hold_for_embeddings(parts: Parts) -> None:
    prices = OwnPrices(input=1_000_000, output=0, source="operator")
    parts.embedder._target = replace(parts.embedder._target, prices=prices)
    parts.look()
    (call,) = parts.books.calls
    assert (call.cost_micros, call.price_source) == (20, "operator")


def test_calls_are_on_record_with_their_price(parts: Parts) -> None:
    parts.look()
    (call,) = parts.books.calls
    assert (call.outcome, call.mode, call.credential) == ("succeeded", "embedding", "one")
    assert call.input_tokens == 20
    assert call.price_source not in (None, "unpriced")
    assert call.latency_ms is not None
    assert next_step([call], ["a/b", "c/d"], 3) == Ask(choice=0), "no attempt of any model"


def test_what_a_vendor_does_not_count_is_unpriced_and_not_free(parts: Parts) -> None:
    parts.provider.tokens = 0
    parts.look()
    (call,) = parts.books.calls
    assert (call.cost_micros, call.price_source) == (None, "unpriced")


def test_a_failure_is_a_miss_on_record(parts: Parts) -> None:
    parts.provider.error = ProviderUnavailable("down", status=503)
    assert parts.look() is None
    assert parts.books.calls[0].outcome == "failed"
    assert parts.books.calls[0].error is not None
    assert parts.books.calls[0].error["code"] == "provider_unavailable"
    parts.provider.error = None
    parts.cache.keep(parts.question(), 1, 60)
    assert not parts.store.rows, "there was no vector to keep it by"


def test_an_open_circuit_is_left_alone_and_another_key_is_tried(parts: Parts) -> None:
    parts.provider.error = AuthenticationFailed("bad key")
    assert [parts.look() for _ in range(3)] == [None] * 3
    assert [call.credential for call in parts.books.calls] == ["one", "two"]
    assert len(parts.provider.asked) == 2


def test_a_question_is_not_held_up_for_long() -> None:
    assert SECONDS <= 5
