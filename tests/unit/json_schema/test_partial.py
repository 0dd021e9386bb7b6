"""Whatever part of an instance a chunk says, its partial schema takes it."""

from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.json_schema.dialects import DIALECTS, plan
from schemas.json_schema.lint import lint_schema
from schemas.json_schema.partial import partial
from schemas.json_schema.validate import checker_for
from tests.unit.json_schema.strategies import obj, pairs

ROW = obj({"name": {"type": "string"}, "price": {"type": "number"}}, "name", "price")
# Schemas with an instance each that need what a part may lack.
DEMANDING: list[tuple[dict[str, Any], Any]] = [
    (obj({"a": {"type": "string"}}, "a", minProperties=1), {"a": "x"}),
    ({"type": "array", "items": ROW, "minItems": 2, "uniqueItems": True},
     [{"name": "a", "price": 1}, {"name": "a", "price": 2}]),
    (obj({"a": ROW, "b": {}}, dependentRequired={"a": ["b"]}),
     {"a": {"name": "n", "price": 1}, "b": 2}),
    ({"type": "object", "dependentSchemas": {"a": {"required": ["b"]}}}, {"a": 1, "b": 2}),
    ({"type": "array", "contains": {"const": 3}, "minContains": 2}, [1, 3, 3]),
    ({"type": "array", "contains": obj({"a": {"const": 1}}), "maxContains": 1,
      "items": {"type": "object"}},
     [{"a": 1}, {"a": 2}, {"a": 3}]),
    (obj({"a": {}, "b": {}}, **{"not": {"required": ["a"], "properties": {"b": False}}}),
     {"a": 1, "b": 2}),
    ({"type": "object", "if": {"required": ["a"]}, "else": {"required": ["b"]}}, {"b": 1, "c": 2}),
    ({"oneOf": [obj({"k": {"const": "x"}}, "k"), obj({"k": {"const": "y"}}, "k")]}, {"k": "x"}),
    ({"oneOf": [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}],
      "anyOf": [{"type": "object"}, {"type": "array"}]}, {"a": 1, "c": 2}),
    ({"const": {"a": [1, 2], "b": 2}}, {"a": [1, 2], "b": 2}),
    ({"enum": ["none", {"a": 1}]}, {"a": 1}),
    ({"$ref": "#/$defs/t", "$defs": {"t": obj(
        {"kids": {"type": "array", "items": {"$ref": "#/$defs/t"}}, "id": {"type": "integer"}},
        "id", "kids")}},
     {"id": 1, "kids": [{"id": 2, "kids": []}]}),
    ({"$ref": "#/oneOf/0/properties/x",
      "oneOf": [obj({"x": obj({"x": {}}, "x")}), {"type": "null"}]},
     {"x": {"x": 1}}),
    ({"type": "array", "prefixItems": [{"type": "number"}, ROW], "items": False, "minItems": 2},
     [1, {"name": "a", "price": 2}]),
    ({"type": "object", "if": {"properties": {"a": {"const": 1}}, "required": ["a"]},
      "then": {"properties": {"b": {}}}, "properties": {"a": {}}, "unevaluatedProperties": False},
     {"a": 1, "b": 2}),
    ({"type": "object", "properties": {"a": {}}, "unevaluatedProperties": False,
      "dependentSchemas": {"a": {"properties": {"b": {}}}}}, {"a": 1, "b": 2}),
    ({"type": "array", "contains": {"type": "integer"}, "unevaluatedItems": {"type": "string"}},
     [1, "a"]),
    ({"type": "object", "anyOf": [obj({"a": {}}, "a"), obj({"b": {}}, "b")],
      "unevaluatedProperties": False}, {"a": 1, "b": 2}),
]  # fmt: skip


@st.composite
def parts(draw: st.DrawFn, value: Any, tuples: bool) -> Any:
    """A part of a value, as the module says."""
    if isinstance(value, dict):
        names = [name for name in value if draw(st.booleans())]
        return {name: draw(parts(value[name], tuples)) for name in names}
    if isinstance(value, list):
        first = value[: draw(st.integers(0, len(value)))]
        kept = first if tuples else [item for item in value if draw(st.booleans())]
        return [draw(parts(item, tuples)) for item in kept]
    return value


@settings(max_examples=150, deadline=None)
@given(pairs() | st.sampled_from(DEMANDING), st.data())
def test_every_part_of_an_instance_is_an_instance(
    pair: tuple[dict[str, Any], Any], data: st.DataObject
) -> None:
    schema, value = pair
    part = data.draw(parts(value, "prefixItems" in str(schema)))
    relaxed = partial(schema)
    assert checker_for(relaxed).errors(part) == [], relaxed
    assert lint_schema(relaxed) == []


def every_part(value: Any, tuples: bool) -> list[Any]:
    if isinstance(value, dict):
        names = list(value)
        chosen = [c for n in range(len(names) + 1) for c in combinations(names, n)]
        return [
            dict(zip(some, inner, strict=True))
            for some in chosen
            for inner in product(*(every_part(value[name], tuples) for name in some))
        ]
    if isinstance(value, list):
        counts = range(len(value) + 1)
        runs = [value[:n] for n in counts] if tuples else [
            list(c) for n in counts for c in combinations(value, n)
        ]  # fmt: skip
        return [list(p) for run in runs for p in product(*(every_part(i, tuples) for i in run))]
    return [value]


@pytest.mark.parametrize(("schema", "value"), DEMANDING)
def test_every_part_of_the_demanding_ones(schema: dict[str, Any], value: Any) -> None:
    checker = checker_for(partial(schema))
    for part in every_part(value, "prefixItems" in str(schema)):
        assert checker.errors(part) == [], part


def test_alternatives_beside_alternatives_both_hold() -> None:
    schema = {"oneOf": [{"minimum": 0}, {"type": "string"}], "anyOf": [{"type": "object"}]}
    checker = checker_for(partial(schema))
    assert checker.errors({}) == []
    assert checker.errors(5)


@pytest.mark.parametrize(("schema", "value"), DEMANDING)
def test_the_demanding_ones_are_what_they_seem(schema: dict[str, Any], value: Any) -> None:
    assert lint_schema(schema) == []
    assert checker_for(schema).errors(value) == []


@settings(max_examples=100, deadline=None)
@given(pairs() | st.sampled_from(DEMANDING))
def test_nothing_at_all_is_an_answer(pair: tuple[dict[str, Any], Any]) -> None:
    checker = checker_for(partial(pair[0]))
    assert any(not checker.errors(empty) for empty in ({}, [], None))


@settings(max_examples=100, deadline=None)
@given(pairs())
def test_every_dialect_can_ask_for_it(pair: tuple[dict[str, Any], Any]) -> None:
    for dialect in DIALECTS:
        assert plan(partial(pair[0]), dialect).mode


def test_what_a_part_can_be_held_to_stays() -> None:
    price = {"type": "number", "minimum": 0}
    schema = obj({"rows": {"type": "array", "items": obj({"price": price}, "price")}}, "rows")
    schema["additionalProperties"] = False
    checker = checker_for(partial(schema))
    assert checker.errors({"rows": [{}, {"price": 1}]}) == []
    assert [e.pointer for e in checker.errors({"rows": [{"price": -1}], "x": 1})] == [
        "",
        "/rows/0/price",
    ]


def test_the_schema_itself_is_not_changed() -> None:
    schema = obj({"a": ROW}, "a")
    before = str(schema)
    partial(schema)
    assert str(schema) == before
