"""What each vendor's dialect can say."""

import json
import time
from typing import Any

import pytest

from schemas.json_schema.dialects import DIALECTS, WRAP, modes, plan
from tests.unit.json_schema.strategies import TEXT, obj
from tests.unit.json_schema.vendor_writing import encoded, native


def test_openai_requires_everything_and_closes_objects() -> None:
    relaxed = native(obj({"a": TEXT, "b": {"type": "integer"}}, "a"), "openai")
    assert relaxed == {
        "type": "object",
        "properties": {"a": TEXT, "b": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        "required": ["a", "b"],
        "additionalProperties": False,
    }


def test_a_property_that_may_be_null_is_not_made_so_again() -> None:
    relaxed = native(obj({"a": {"type": ["string", "null"]}}), "openai")
    assert relaxed["properties"]["a"] == {"type": ["string", "null"]}


@pytest.mark.parametrize("root", [{"type": "array", "items": TEXT}, {"enum": ["a", "b"]}, TEXT])
def test_openai_wraps_a_root_that_is_no_object(root: dict[str, Any]) -> None:
    shaped = plan(root, "openai")
    assert shaped.schema is not None
    assert shaped.schema["type"] == "object"
    assert list(shaped.schema["properties"]) == [WRAP]
    assert shaped.restore({WRAP: ["x"]}) == ["x"]
    assert shaped.restore("as it is") == "as it is"


def test_a_union_at_the_root_is_wrapped_with_its_definitions() -> None:
    a, b = obj({"k": {"const": "a"}}, "k"), obj({"k": {"const": "b"}, "n": TEXT}, "k")
    schema = {"oneOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}], "$defs": {"a": a, "b": b}}
    shaped = plan(schema, "openai")
    assert shaped.schema is not None
    assert set(shaped.schema["$defs"]) == {"a", "b"}
    assert shaped.restore({WRAP: {"k": "b", "n": None}}) == {"k": "b"}


def test_one_of_and_const_become_any_of_and_enum() -> None:
    relaxed = native(obj({"a": {"oneOf": [{"const": 1}, TEXT]}}, "a"), "anthropic")
    assert relaxed["properties"]["a"] == {"anyOf": [{"type": "integer", "enum": [1]}, TEXT]}


def test_all_of_is_merged() -> None:
    schema = {
        "allOf": [{"$ref": "#/$defs/base"}, obj({"b": TEXT}, "b")],
        "$defs": {"base": obj({"a": TEXT}, "a")},
    }
    for dialect in DIALECTS:
        relaxed = native(schema, dialect)
        assert set(relaxed["properties"]) == {"a", "b"}
        assert sorted(relaxed["required"]) == ["a", "b"]
        assert "$defs" not in relaxed


def test_a_description_beside_a_reference_is_kept() -> None:
    schema = obj(
        {"net": {"$ref": "#/$defs/money", "description": "Without tax"}},
        "net",
        **{"$defs": {"money": {"type": "number"}}},
    )
    for dialect in DIALECTS:
        assert native(schema, dialect)["properties"]["net"] == {
            "type": "number",
            "description": "Without tax",
        }


def test_alternatives_beside_properties_are_spread() -> None:
    schema = obj(
        {"id": TEXT},
        "id",
        anyOf=[{"properties": {"mail": TEXT}, "required": ["mail"]}, {"required": ["id"]}],
    )
    relaxed = native(schema, "gemini")
    assert [sorted(b["properties"]) for b in relaxed["anyOf"]] == [["id", "mail"], ["id"]]


def test_alternatives_that_only_require_are_left_to_the_check() -> None:
    schema = obj({"a": TEXT, "b": TEXT}, anyOf=[{"required": ["a"]}, {"required": ["b"]}])
    assert "anyOf" not in native(schema, "openai")


def test_gemini_s_enums_hold_texts_and_numbers_only() -> None:
    relaxed = native(obj({"a": {"enum": ["x", 1, None, True]}}, "a"), "gemini")
    assert relaxed["properties"]["a"] == {
        "anyOf": [
            {"type": "string", "enum": ["x"]},
            {"type": "integer", "enum": [1]},
            {"type": "boolean"},
            {"type": "null"},
        ]
    }


def test_anthropic_s_least_items() -> None:
    array = {"type": "array", "items": TEXT, "minItems": 3, "maxItems": 5}
    relaxed = native(array, "anthropic")
    assert (relaxed["minItems"], "maxItems" in relaxed) == (1, False)
    assert json.loads(relaxed["description"]) == {"minItems": 3, "maxItems": 5}


@pytest.mark.parametrize(
    ("pattern", "kept"), [(r"^\d{2}-[A-Z]+$", True), (r"\p{L}", False), ("(?i)a", False)]
)
def test_openai_gets_plain_patterns_only(pattern: str, kept: bool) -> None:
    relaxed = native(obj({"a": {"type": "string", "pattern": pattern}}, "a"), "openai")
    assert ("pattern" in relaxed["properties"]["a"]) is kept


def test_an_unknown_dialect_prompts() -> None:
    assert plan(obj({"a": TEXT}), "none").mode == "prompt"
    assert modes(obj({"a": TEXT}), "none") == ("prompt",)


def test_a_plan_does_not_share_its_schema_with_the_caller() -> None:
    schema = obj({"a": TEXT}, "a")
    plan(schema, "openai")
    assert schema == obj({"a": TEXT}, "a")


def test_long_enums_that_hold_together_are_met_at_once() -> None:
    enums = [{"enum": list(range(start, start + 15_000))} for start in (0, 14_999)]
    started = time.perf_counter()
    relaxed = native(obj({"a": {"allOf": enums}}, "a"), "gemini")
    assert time.perf_counter() - started < 5
    assert relaxed["properties"]["a"] == {"type": "integer", "enum": [14_999]}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_python_takes_as_the_same_is_kept_apart(dialect: str) -> None:
    schema = obj({"a": {"anyOf": [{"enum": [0, True]}, {"enum": [False, 1]}]}}, "a")
    for value in (0, 1, True, False):
        assert encoded(plan(schema, dialect, "native"), {"a": value}) == {"a": value}
    twice = obj({"a": {"anyOf": [{"allOf": [{"const": 1}, {"const": 1.0}]}, TEXT]}}, "a")
    assert encoded(plan(twice, dialect, "native"), {"a": 1}) == {"a": 1}


def test_an_optional_property_far_away_may_be_absent() -> None:
    defs: dict[str, Any] = {f"d{i}": {"$ref": f"#/$defs/d{i + 1}"} for i in range(25)}
    schema = obj({"a": {"$ref": "#/$defs/d0"}}, **{"$defs": {**defs, "d25": TEXT}})
    shaped = plan(schema, "openai", "native")
    assert shaped.restore(encoded(shaped, {})) == {}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_doubling_references_do_not_blow_up(dialect: str) -> None:
    defs: dict[str, Any] = {"d0": TEXT}
    for i in range(1, 25):
        ref = {"$ref": f"#/$defs/d{i - 1}", "description": "kept, so it is written out"}
        defs[f"d{i}"] = obj({"l": ref, "r": dict(ref)}, "l", "r")
    assert plan({"$ref": "#/$defs/d24", "$defs": defs}, dialect).mode in ("tool", "prompt")
