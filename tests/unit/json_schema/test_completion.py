"""What no part of a document said, where the schema wants it said that there is nothing."""

import time
from typing import Any

import pytest
from hypothesis import given, settings

from schemas.json_schema.completion import completed
from schemas.json_schema.validate import checker_for
from tests.unit.json_schema.strategies import Pair, obj, pairs

TEXT = {"type": "string"}
OR_NULL = {"type": ["string", "null"]}
ROW = obj({"name": TEXT, "note": OR_NULL}, "name", "note")
NODE = obj({"id": TEXT, "kids": {"type": "array", "items": {"$ref": "#/$defs/n"}}}, "id", "kids")


@pytest.mark.parametrize(
    ("schema", "value", "whole", "places"),
    [
        (obj({"rows": {"type": "array"}, "a": OR_NULL}, "rows", "a"), {},
         {"rows": [], "a": None}, ("/rows", "/a")),
        (obj({"rows": {"type": "array", "items": ROW}}, "rows"), {"rows": [{"name": "a"}]},
         {"rows": [{"name": "a", "note": None}]}, ("/rows/0/note",)),
        (obj({"a/b": obj({"c": OR_NULL, "d": obj({})}, "c", "d")}, "a/b"), {},
         {"a/b": {"c": None, "d": {}}}, ("/a~1b",)),
        ({"anyOf": [ROW, {"type": "null"}]}, {"name": "a"},
         {"name": "a", "note": None}, ("/note",)),
        ({"allOf": [ROW, obj({"x": {"enum": [None, 1]}}, "x")]}, {"name": "a"},
         {"name": "a", "note": None, "x": None}, ("/note", "/x")),
        ({"$ref": "#/$defs/n", "$defs": {"n": NODE}}, {"id": "a", "kids": [{"id": "b"}]},
         {"id": "a", "kids": [{"id": "b", "kids": []}]}, ("/kids/0/kids",)),
    ],
)  # fmt: skip
def test_nothing_is_filled_in(
    schema: dict[str, Any], value: Any, whole: Any, places: tuple[str, ...]
) -> None:
    assert completed(value, schema) == (whole, places)
    assert checker_for(schema).errors(whole) == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (obj({"a": TEXT}, "a"), {}),
        (obj({"a": {"type": "array", "minItems": 1}}, "a"), {}),
        (obj({"a": obj({"b": TEXT}, "b")}, "a"), {}),
        (obj({"a": OR_NULL}), {}),
        ({"anyOf": [obj({"a": OR_NULL}, "a"), obj({"b": OR_NULL}, "b")]}, {"b": "x"}),
        (obj({"a": {"$ref": "#/$defs/r"}}, "a", **{"$defs": {"r": obj({"a": TEXT}, "a")}}), {}),
        ({"type": "string"}, "text"),
        (obj({"a": False}, "a"), {}),
    ],
)  # fmt: skip
def test_what_must_say_something_stays_missing(schema: dict[str, Any], value: Any) -> None:
    assert completed(value, schema) == (value, ())


@settings(max_examples=100, deadline=None)
@given(pairs())
def test_a_valid_value_is_left_alone_or_stays_valid(pair: Pair) -> None:
    schema, value = pair
    whole, places = completed(value, schema)
    assert (whole == value) is (not places)
    if "anyOf" not in str(schema) and "oneOf" not in str(schema):
        assert places == ()


def test_many_rows_take_no_long_time() -> None:
    rows = [{"name": str(n)} for n in range(5_000)]
    began = time.monotonic()
    whole, places = completed({"rows": rows}, obj({"rows": {"type": "array", "items": ROW}}))
    assert len(places) == 5_000
    assert whole["rows"][-1] == {"name": "4999", "note": None}
    assert rows[-1] == {"name": "4999"}
    assert time.monotonic() - began < 30  # a hang guard
