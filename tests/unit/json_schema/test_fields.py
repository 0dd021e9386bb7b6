"""Asking again for only what was wrong."""

import copy
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from schemas.json_schema.dialects import DIALECTS, plan
from schemas.json_schema.fields import MAX_FIELDS, Fields, failing_fields, merge, name_of
from schemas.json_schema.lint import lint_schema
from schemas.json_schema.pointers import escape, steps
from schemas.json_schema.validate import SchemaError, checker_for
from tests.unit.json_schema.strategies import TEXT, Pair, obj, pairs

INTEGER = {"type": "integer"}
LINE = obj({"sku": TEXT, "count": INTEGER, "note": TEXT}, "sku", "count")
ORDER = obj(
    {
        "id": TEXT,
        "a/b~c": INTEGER,
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        "by": {"oneOf": [obj({"kind": {"const": "x"}, "n": INTEGER}, "kind", "n"),
                         obj({"kind": {"const": "y"}, "n": TEXT}, "kind", "n")]},
    },
    "id",
    **{"$defs": {"line": LINE}},
)  # fmt: skip
GOOD = {"id": "1", "lines": [{"sku": "a", "count": 1}, {"sku": "b", "count": 2}], "a/b~c": 3}


def asked(schema: dict[str, Any], value: Any) -> Fields | None:
    errors = checker_for(schema).errors(value)
    assert errors
    return failing_fields(schema, value, errors)


def fields(schema: dict[str, Any], value: Any) -> Fields:
    found = asked(schema, value)
    assert found is not None
    assert lint_schema(found.schema) == []
    return found


def changed(**more: Any) -> dict[str, Any]:
    return {**copy.deepcopy(GOOD), **more}


def test_a_leaf() -> None:
    found = fields(ORDER, changed(id=7))
    assert found.pointers == ("/id",)
    field = found.schema["properties"]["field_1"]
    assert field["type"] == "string"
    assert "/id" in field["description"]
    assert found.schema["required"] == ["field_1"]
    assert merge(changed(id=7), found.pointers, {"field_1": "7"}) == changed(id="7")


@pytest.mark.parametrize("name", ["a/b", "~", "~1", "", "0", "é 名"])
def test_a_missing_property_of_any_name_is_one_place(name: str) -> None:
    schema = {"type": "object", "properties": {"in": obj({name: TEXT, "b": TEXT}, name, "b")}}
    value = {"in": {"b": "kept"}}
    found = fields(schema, value)
    assert found.pointers == (f"/in/{escape(name)}",)
    assert merge(value, found.pointers, {"field_1": "x"}) == {"in": {"b": "kept", name: "x"}}


def test_an_item_of_a_list_has_to_be_answered() -> None:
    schema = obj({"tags": {"type": "array", "items": TEXT}})
    found = fields(schema, {"tags": ["a", 2]})
    assert (found.pointers, found.schema["required"]) == (("/tags/1",), ["field_1"])
    assert found.optional == frozenset()


def test_the_words_of_a_field_are_kept() -> None:
    schema = obj({"id": {"type": "string", "description": "As printed."}}, "id")
    words = fields(schema, {"id": 1}).schema["properties"]["field_1"]["description"]
    assert words.startswith("As printed.\n\n")
    assert "is not of type 'string'" in words


def test_inside_arrays_and_what_is_referred_to() -> None:
    value = changed(lines=[{"sku": "a", "count": "x"}, 5])
    found = fields(ORDER, value)
    assert found.pointers == ("/lines/0/count", "/lines/1")
    second = found.schema["properties"]["field_2"]
    assert second["$ref"] == "#/$defs/line"
    assert found.schema["$defs"]["line"] == LINE
    merged = merge(value, found.pointers, {"field_1": 1, "field_2": {"sku": "b", "count": 2}})
    assert merged == GOOD


def test_names_that_need_escapes() -> None:
    value = changed(**{"a/b~c": "x"})
    found = fields(ORDER, value)
    assert found.pointers == ("/a~1b~0c",)
    assert merge(value, found.pointers, {"field_1": 3}) == GOOD


def test_a_required_property_that_is_missing() -> None:
    value = changed(lines=[{"sku": "a"}, {"sku": "b", "count": 2}])
    del value["id"]
    found = fields(ORDER, value)
    assert found.pointers == ("/id", "/lines/0/count")
    assert merge(value, found.pointers, {"field_1": "1", "field_2": 1}) == GOOD


def test_required_by_what_the_object_refers_to() -> None:
    schema = {"allOf": [{"$ref": "#/$defs/p"}, {"properties": {"b": INTEGER}}],
              "$defs": {"p": obj({"a": TEXT}, "a", "b")}}  # fmt: skip
    assert fields(schema, {}).pointers == ("/a", "/b")


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (ORDER, 5),
        (obj({"a": TEXT}, additionalProperties=False), {"b": 1}),
        (obj({"a": TEXT}, minProperties=1), {}),
        ({**TEXT, "minLength": 3}, "x"),
        (obj({"a": TEXT}, "b"), {"a": 1}),
        (obj({f"p{i}": TEXT for i in range(MAX_FIELDS + 1)}),
         {f"p{i}": 1 for i in range(MAX_FIELDS + 1)}),
    ],
)  # fmt: skip
def test_all_of_it_is_asked_for_again(schema: dict[str, Any], value: Any) -> None:
    assert asked(schema, value) is None


def test_a_place_that_the_schema_does_not_describe_is_not_asked_for() -> None:
    errors = [SchemaError(pointer="/zzz/0", detail="is odd")]
    assert failing_fields(ORDER, {"zzz": [1]}, errors) is None


def test_what_lies_inside_another_place_is_not_asked_for_apart() -> None:
    errors = [SchemaError(pointer=p, detail="is odd") for p in ("/lines/0/sku", "/lines", "/id")]
    found = failing_fields(ORDER, GOOD, errors)
    assert found is not None
    assert found.pointers == ("/id", "/lines")


def test_an_optional_place_may_be_left_out_and_is_removed() -> None:
    value = changed(lines=[{"sku": "a", "count": 1, "note": 5}, {"sku": "b", "count": 2}])
    found = fields(ORDER, value)
    assert (found.pointers, found.optional) == (("/lines/0/note",), {"/lines/0/note"})
    assert "required" not in found.schema or found.schema["required"] == []
    assert merge(value, found.pointers, {}, optional=found.optional) == GOOD
    assert merge(value, found.pointers, {}) == value


def test_the_alternative_that_a_constant_picks() -> None:
    errors = [SchemaError(pointer="/by/n", detail="is odd")]
    for kind, wanted in (("x", "integer"), ("y", "string")):
        found = failing_fields(ORDER, changed(by={"kind": kind, "n": None}), errors)
        assert found is not None
        assert found.schema["properties"]["field_1"]["type"] == wanted


def test_names_by_pattern_and_others() -> None:
    schema = {"type": "object", "patternProperties": {"^n_": INTEGER}, "additionalProperties": TEXT}
    found = fields(schema, {"n_a": "x", "b": 1})
    assert found.pointers == ("/b", "/n_a")
    kinds = [found.schema["properties"][name_of(i)]["type"] for i in range(2)]
    assert kinds == ["string", "integer"]
    assert found.optional == {"/b", "/n_a"}


def test_a_reference_to_the_root_carries_the_root() -> None:
    schema = obj({"name": TEXT, "next": {"$ref": "#"}}, "name")
    found = fields(schema, {"name": "a", "next": {"name": "b", "next": 3}})
    assert found.schema["$defs"]["root"]["properties"]["next"] == {"$ref": "#/$defs/root"}
    for dialect in DIALECTS:
        assert plan(found.schema, dialect)


@pytest.mark.parametrize("answer", [None, 3, [], {}, {"field_9": 1}])
def test_an_answer_that_is_none_changes_nothing(answer: Any) -> None:
    assert merge(GOOD, ("/id", "/lines/0/sku"), answer) == GOOD


def test_merging_takes_whatever_pointers_come() -> None:
    value = {"a": [1], "b": 2}
    pointers = ("/b/c", "/a/9", "/a/x", "/c/d", "/a/1", "/e")
    answer = {name_of(i): i for i in range(len(pointers))}
    assert merge(value, pointers, answer) == {"a": [1, 4], "b": 2, "e": 5}
    assert value == {"a": [1], "b": 2}
    assert merge(value, ("",), {"field_1": 3}) == 3


def leaves(value: Any, at: str = "") -> list[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for step, child in inner:
        here = f"{at}/{escape(step)}"
        found += [here] if not isinstance(child, dict | list) else [here, *leaves(child, here)]
    return found


def get(value: Any, pointer: str) -> Any:
    for step in steps(pointer):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


@settings(max_examples=300, deadline=None)
@given(pairs(), st.data())
def test_the_right_answers_make_the_value_right(pair: Pair, data: st.DataObject) -> None:
    schema, good = pair
    assume(isinstance(good, dict | list))
    places = leaves(good)
    assume(places)
    spoilt = data.draw(st.sets(st.sampled_from(places), min_size=1, max_size=3))
    bad = merge(good, sorted(spoilt), {name_of(i): -987.25 for i in range(len(spoilt))})
    errors = checker_for(schema).errors(bad)
    assume(errors)
    found = failing_fields(schema, bad, errors)
    if found is None:
        return
    assert lint_schema(found.schema) == []
    answer = {name_of(i): get(good, p) for i, p in enumerate(found.pointers)}
    assert checker_for(found.schema).errors(answer) == []
    merged = merge(bad, found.pointers, answer, optional=found.optional)
    assert not {e.pointer for e in checker_for(schema).errors(merged)} & set(found.pointers)
    for pointer in found.pointers:
        assert get(merged, pointer) == get(good, pointer)


@given(pairs(), st.data())
def test_merging_what_is_there_changes_nothing(pair: Pair, data: st.DataObject) -> None:
    value = pair[1]
    assume(isinstance(value, dict | list))
    assume(leaves(value))
    found = data.draw(st.lists(st.sampled_from(leaves(value)), max_size=4, unique=True))
    answer = {name_of(i): get(value, p) for i, p in enumerate(found)}
    assert merge(value, found, answer) == value
