"""What a vendor wrote comes back as the original schema would have it."""

from typing import Any

import pytest

from schemas.json_schema.dialects import plan
from tests.unit.json_schema.hard_schemas import TREE
from tests.unit.json_schema.strategies import TEXT, obj


def test_nulls_of_absent_properties_are_dropped_everywhere() -> None:
    line = obj({"sku": TEXT, "note": TEXT, "vat": {"type": ["number", "null"]}}, "sku")
    schema = obj(
        {"lines": {"type": "array", "items": {"$ref": "#/$defs/l"}}}, **{"$defs": {"l": line}}
    )
    shaped = plan(schema, "openai")
    given = {
        "lines": [{"sku": "a", "note": None, "vat": None}, {"sku": "b", "note": "n", "vat": 1}]
    }
    assert shaped.restore(given) == {
        "lines": [{"sku": "a", "vat": None}, {"sku": "b", "note": "n", "vat": 1}]
    }


def test_the_alternative_that_was_meant_decides() -> None:
    a = obj({"kind": {"const": "a"}, "x": {"type": ["string", "null"]}}, "kind", "x")
    b = obj({"kind": {"const": "b"}, "x": TEXT}, "kind")
    shaped = plan(obj({"v": {"oneOf": [a, b]}}, "v"), "openai")
    assert shaped.restore({"v": {"kind": "a", "x": None}}) == {"v": {"kind": "a", "x": None}}
    assert shaped.restore({"v": {"kind": "b", "x": None}}) == {"v": {"kind": "b"}}


def test_a_null_that_breaks_a_rule_is_dropped() -> None:
    maybe = {"type": ["string", "null"]}
    schema = obj({"a": maybe, "b": maybe}, dependentRequired={"a": ["b"]}, maxProperties=1)
    shaped = plan(schema, "openai")
    assert shaped.restore({"a": None, "b": "x"}) == {"b": "x"}


@pytest.mark.parametrize("value", [None, 1, "x", [], [[]], {"a": []}, {"": {"": None}}])
def test_restoring_takes_whatever_comes(value: Any) -> None:
    nested = obj({"a": {"type": "array", "items": obj({"b": TEXT})}})
    union = obj({"a": {"anyOf": [nested, {"type": "array", "items": nested}]}})
    for schema in (nested, union, TREE):
        plan(schema, "openai").restore(value)
