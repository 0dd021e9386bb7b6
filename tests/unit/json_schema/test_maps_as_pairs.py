"""Maps, which some vendors can write as lists of pairs only."""

from typing import Any

import pytest

from schemas.json_schema.dialects import WRAP, plan
from schemas.json_schema.validate import checker_for
from tests.unit.json_schema.hard_schemas import MAP
from tests.unit.json_schema.strategies import TEXT, obj
from tests.unit.json_schema.vendor_writing import native, pair


@pytest.mark.parametrize("dialect", ["openai", "anthropic"])
def test_a_map_is_a_list_of_pairs(dialect: str) -> None:
    shaped = plan(obj({"m": {**MAP, "minProperties": 1}}, "m"), dialect)
    assert shaped.schema is not None
    asked = shaped.schema["properties"]["m"]
    assert (asked["type"], asked["minItems"]) == ("array", 1)
    assert asked["items"] == obj(
        {"key": TEXT, "value": {"type": "integer"}}, "key", "value", additionalProperties=False
    )
    assert shaped.restore({"m": [pair("a", 1), pair("b/", 2)]}) == {"m": {"a": 1, "b/": 2}}
    assert shaped.restore({"m": {"a": 1}}) == {"m": {"a": 1}}
    assert ("/properties/m/additionalProperties", "additionalProperties") in {
        (r.pointer, r.keyword) for r in shaped.relaxed
    }


@pytest.mark.parametrize(
    "twice",
    [[pair("a", 1), pair("a", 2)], [{"key": "a"}], [pair("a", 1), 3], [{**pair("a", 1), "x": 1}]],
)
def test_pairs_that_make_no_map_are_left_for_the_check(twice: list[Any]) -> None:
    shaped = plan(MAP, "anthropic")
    assert shaped.restore(twice) == twice
    assert checker_for(MAP).errors(shaped.restore(twice))


def test_names_that_are_not_listed_stand_beside_those_that_are() -> None:
    schema = obj({"id": TEXT, "other_properties": TEXT}, "id", "total",
                 additionalProperties={"type": "number"})  # fmt: skip
    shaped = plan(schema, "openai")
    assert shaped.schema is not None
    assert set(shaped.schema["properties"]) == {"id", "other_properties", "total",
                                                "other_properties_"}  # fmt: skip
    answer = {"id": "a", "other_properties": None, "total": 2, "other_properties_": [pair("x", 1)]}
    assert shaped.restore(answer) == {"id": "a", "total": 2, "x": 1}
    clash = {**answer, "other_properties_": [pair("id", 1)]}
    assert shaped.restore(clash)["id"] == "a"
    assert checker_for(schema).errors(shaped.restore(clash))


def test_a_pattern_of_names_is_asked_of_the_key() -> None:
    schema = {"type": "object", "patternProperties": {"^x-": TEXT}, "additionalProperties": False}
    asked = native(obj({"m": schema}, "m"), "openai")["properties"]["m"]
    assert asked["items"]["properties"]["key"] == {"type": "string", "pattern": "^x-"}


def test_maps_inside_maps_and_references() -> None:
    schema = {"$ref": "#/$defs/t", "$defs": {
        "t": {"type": "object", "additionalProperties": {"$ref": "#/$defs/t"}}}}  # fmt: skip
    shaped = plan(schema, "openai")
    assert shaped.wrapped
    nested = {WRAP: [pair("a", [pair("b", [])]), pair("c", [])]}
    assert shaped.restore(nested) == {"a": {"b": {}}, "c": {}}
