"""The simulator's answers satisfy the schema and say what the document says."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.simulator.answers import answer
from schemas.json_schema.dialects import DIALECTS, plan
from schemas.json_schema.lint import lint_schema
from schemas.json_schema.validate import checker_for

SAMPLES = sorted((Path(__file__).parents[3] / "ops" / "samples").glob("*.json"))


def sample(path: Path) -> tuple[dict[str, Any], str]:
    return json.loads(path.read_text())["schema"], path.with_suffix(".txt").read_text()


def test_there_are_at_least_eight_samples() -> None:
    assert len(SAMPLES) >= 8


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
@pytest.mark.parametrize("dialect", [*DIALECTS, "none"])
def test_every_sample_is_answered_in_every_dialect(path: Path, dialect: str) -> None:
    schema, document = sample(path)
    assert lint_schema(schema) == []
    shaped = plan(schema, dialect)
    value = shaped.restore(json.loads(answer(shaped.schema or schema, document)))
    assert checker_for(schema).errors(value) == []


def test_the_invoice_is_read_not_invented() -> None:
    schema, document = sample(next(p for p in SAMPLES if p.stem == "invoice"))
    value = json.loads(answer(schema, document))
    assert value["invoice_number"] == "NT-2026-04417"
    assert value["invoice_date"] == "2026-09-03"
    assert value["supplier"]["email"] == "accounts@northgate-timber.example"
    assert [line["amount"] for line in value["line_items"]] == [996, 819, 98, 96, 45]
    assert value["payment"]["sort_code"] == "20-44-91"
    assert value["totals"] == {
        "subtotal": 2054,
        "trade_discount": -102.7,
        "net_total": 1951.3,
        "vat_rate": 20,
        "vat": 390.26,
        "total_due": 2341.56,
    }


def test_equal_input_gets_equal_text() -> None:
    schema, document = sample(SAMPLES[0])
    assert answer(schema, document) == answer(schema, document)


LEAVES = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 5, "maxLength": 9},
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "email"},
        {"type": "string", "format": "uri"},
        {"type": "string", "format": "uuid"},
        {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{2,4}$"},
        {"type": "integer", "minimum": 3, "maximum": 7},
        {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
        {"type": "boolean"},
        {"type": "null"},
        {"enum": ["a", 1, None]},
        {"const": {"x": [1]}},
        {"type": ["integer", "null"]},
    ]
)


def containers(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(["name", "total", "date", "items", "kind"])
    objects = st.dictionaries(names, inner, max_size=4).flatmap(
        lambda p: (
            st.lists(st.sampled_from(sorted(p)), unique=True).map(
                lambda r: {"type": "object", "properties": p, "required": r}
            )
            if p
            else st.just({"type": "object"})
        )
    )
    arrays = st.builds(
        lambda i, n: {"type": "array", "items": i, "minItems": n}, inner, st.integers(0, 3)
    )
    choices = st.lists(inner, min_size=1, max_size=3).map(lambda c: {"anyOf": c})
    return st.one_of(objects, arrays, choices)


@settings(max_examples=150, deadline=None)
@given(st.recursive(LEAVES, containers, max_leaves=8))
def test_any_supported_schema_is_satisfied(schema: dict[str, Any]) -> None:
    value = json.loads(answer(schema, "Name: Ada\nTotal: 12.5\nDate: 3 May 2026\n- one\n- two"))
    assert checker_for(schema).errors(value) == []
