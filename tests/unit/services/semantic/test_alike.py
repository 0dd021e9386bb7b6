"""What the semantic cache takes for the same question, and what it keeps."""

import uuid
from typing import Any

import pytest

from app.infra.vector_store import unit
from app.services.semantic_cache import Likely, SemanticCache
from tests.benchmarks.semantic import simulated
from tests.support.semantic_pairs import LETTER as LONG
from tests.unit.services.semantic.parts import GIVEN, LETTER, SAME, TENANT, Parts


def test_nearly_the_same_is_found(parts: Parts) -> None:
    parts.answer({"chairs": 12})
    found = parts.look(document=SAME)
    assert found is not None
    assert found.value == {"chairs": 12}
    assert found.similarity >= 0.97
    assert len(parts.books.calls) == 2, "one embedding a text, none to keep"


def test_null_is_a_value(parts: Parts) -> None:
    parts.answer(None)
    found = parts.look()
    assert found is not None
    assert found.value is None


@pytest.mark.parametrize(
    ("old", "new"), [("12", "21"), ("Anna", "Anke"), ("wants", "never wants"), ("Ghent", "Gouda")]
)
def test_another_fact_is_another_question(parts: Parts, old: str, new: str) -> None:
    first = LONG.format(LETTER)
    second = first.replace(old, new)
    a, b = (unit(found) for found in simulated([first, second]))
    assert sum(x * y for x, y in zip(a, b, strict=True)) >= 0.97, "by the vectors they are alike"
    parts.answer({"chairs": 12}, document=first)
    assert parts.look(document=second) is None
    assert parts.look(document=first.replace("with care", "carefully")) is not None


@pytest.mark.parametrize(
    "other",
    [
        {"prompt": "Find the orders."},
        {"schema": {"type": "object", "required": ["a"]}},
        {"effort": "high"},
        {"max_output_tokens": 5},
    ],
)
def test_all_else_must_be_equal(parts: Parts, other: dict[str, Any]) -> None:
    parts.answer({"chairs": 12})
    assert parts.look(**other) is None
    assert parts.look() is not None


def test_tenants_and_models_share_nothing(parts: Parts) -> None:
    parts.answer({"chairs": 12})
    for tenant, model in ((uuid.uuid4(), "openai/gpt-5"), (TENANT, "openai/gpt-5-mini")):
        question = parts.cache.question(tenant, model, GIVEN)
        assert question is not None
        assert parts.cache.look(question, parts.books) is None


def test_without_a_document_the_prompt_is_compared(parts: Parts) -> None:
    parts.answer(1, document=None, prompt=LETTER)
    assert parts.look(document=None, prompt=SAME) is not None
    assert parts.look(document=SAME, prompt="") is None


def test_an_item_is_compared_by_its_own_text(parts: Parts) -> None:
    parts.answer(1, item={"document": LETTER, "id": "a"}, document=None)
    assert parts.look(document=SAME) is not None
    assert parts.look(item={"document": SAME, "id": "b"}, document="Something else.") is not None
    assert parts.look(item={"document": SAME, "prompt": "Other."}, document=None) is None


def test_what_is_forgotten_is_gone(parts: Parts) -> None:
    parts.answer({"chairs": 12})
    parts.cache.forget(parts.question())
    assert parts.look(document=SAME) is None
    assert not parts.store.rows


def test_what_was_asked_anew_replaces_or_drops_what_was_kept(parts: Parts) -> None:
    parts.answer({"chairs": 12})
    parts.cache.keep(parts.question(), {"chairs": 13}, 60)
    assert parts.look() == Likely(value={"chairs": 13}, similarity=pytest.approx(1.0))  # type: ignore[arg-type]
    other = SemanticCache(parts.store, parts.embedder, 0.97)  # another process, which never looked
    other.keep(parts.question(), {"chairs": 14}, 60)
    assert parts.look() is None


def test_the_vectors_that_are_remembered_are_bounded(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.semantic_cache.REMEMBERED", 3)
    for word in ("one", "two", "three", "four", "five"):
        parts.look(document=word)
    assert len(parts.cache._vectors) == 3
