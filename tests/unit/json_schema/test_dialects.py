"""A vendor's schema covers the original, stays inside the vendor's subset, and comes back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.json_schema.dialects import DIALECTS, WRAP, Mode, Plan, UnknownMode, modes, plan
from schemas.json_schema.lint import lint_schema
from schemas.json_schema.pointers import walk
from schemas.json_schema.validate import checker_for
from tests.unit.json_schema.strategies import TEXT, Pair, obj, pairs


def native(schema: dict[str, Any], dialect: str) -> dict[str, Any]:
    shaped = plan(schema, dialect)
    assert shaped.mode == "native"
    assert shaped.schema is not None
    return shaped.schema


# What each dialect can say.


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


TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": obj({"name": TEXT, "kids": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
                    "name")
    },
}  # fmt: skip
STRICT_TREE = json.loads(json.dumps(TREE))
STRICT_TREE["$defs"]["node"]["required"] = ["name", "kids"]
MAP = {"type": "object", "additionalProperties": {"type": "integer"}}
TUPLE = {"type": "array", "prefixItems": [TEXT, {"type": "integer"}]}
LOOSE: list[tuple[str, dict[str, Any], set[str]]] = [
    ("a tree", TREE, {"anthropic"}),
    ("a tree that must have leaves' lists", STRICT_TREE, {"anthropic", "gemini"}),
    ("the root again", obj({"next": {"$ref": "#"}}), {"anthropic"}),
    ("a map", MAP, set()),
    ("a map inside", obj({"m": MAP}), set()),
    ("a map of anything", obj({"m": {"type": "object", "additionalProperties": {}}}),
     {"openai", "anthropic"}),
    ("an object of anything", {"type": "object"}, {"openai", "anthropic"}),
    ("named by pattern", {"type": "object", "patternProperties": {"^x": TEXT}}, set()),
    ("a tuple", TUPLE, {"openai", "anthropic"}),
    ("anything", obj({"a": {}}, "a"), set(DIALECTS)),
    ("a list of anything", {"type": "array"}, set(DIALECTS)),
    ("required but not described", obj({"a": TEXT}, "b"), set(DIALECTS)),
    ("an enum of objects", {"enum": [{"a": 1}]}, set(DIALECTS)),
    ("properties of a condition", obj({"a": TEXT}, **{"if": {}, "then": obj({"b": TEXT})}),
     set(DIALECTS)),
    ("30 optional properties", obj({f"p{i}": TEXT for i in range(30)}), {"anthropic"}),
    ("20 unions", obj({f"p{i}": {"anyOf": [TEXT, {"type": "null"}]} for i in range(20)},
                      *[f"p{i}" for i in range(20)]), {"anthropic"}),
    ("1,200 values", {"enum": [str(i) for i in range(1_200)]}, {"openai"}),
    ("12 levels", json.loads('{"type":"object","properties":{"a":' * 12 + '{"type":"string"}'
                             + "}}" * 12), {"openai"}),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "loose"), [p[1:] for p in LOOSE],
                         ids=[p[0] for p in LOOSE])  # fmt: skip
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_a_dialect_cannot_say_is_not_asked_for_natively(
    schema: dict[str, Any], loose: set[str], dialect: str
) -> None:
    assert lint_schema(schema) == []
    shaped = plan(schema, dialect)
    first = "prompt" if dialect == "gemini" else "tool"
    assert shaped.mode == (first if dialect in loose else "native")
    assert (shaped.schema is None) is (shaped.mode == "prompt")
    assert shaped.restore({"x": None}) == {"x": None}
    assert (plan(schema, dialect, "prompt").reason is None) is (dialect not in loose)


def test_an_unknown_dialect_prompts() -> None:
    assert plan(obj({"a": TEXT}), "none").mode == "prompt"
    assert modes(obj({"a": TEXT}), "none") == ("prompt",)


# Modes.


@pytest.mark.parametrize(
    ("schema", "dialect", "expected"),
    [
        (obj({"a": TEXT}), "openai", ("native", "strict_tool", "tool", "prompt")),
        (obj({"a": TEXT}), "anthropic", ("native", "strict_tool", "tool", "prompt")),
        (obj({"a": TEXT}), "gemini", ("native", "tool", "prompt")),
        (obj({"a": {}}), "openai", ("tool", "prompt")),
        (obj({"a": {}}), "gemini", ("prompt",)),
    ],
)
def test_the_modes_best_first(
    schema: dict[str, Any], dialect: str, expected: tuple[Mode, ...]
) -> None:
    assert modes(schema, dialect) == expected
    assert [plan(schema, dialect, mode).mode for mode in expected] == list(expected)
    for mode in {"native", "strict_tool", "tool", "prompt"} - set(expected):
        with pytest.raises(UnknownMode, match=mode):
            plan(schema, dialect, mode)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("root", [TREE["$defs"]["node"], {"type": "array", "items": TEXT}, TREE,
                                  {"anyOf": [obj({"a": TEXT}), obj({"b": TEXT})]}])  # fmt: skip
def test_a_tool_s_parameters_are_an_object(root: dict[str, Any], dialect: str) -> None:
    schema = {**root, "$defs": TREE["$defs"]}
    for mode in modes(schema, dialect):
        parameters = plan(schema, dialect, mode).schema
        if mode in ("tool", "strict_tool"):
            assert parameters is not None
            assert parameters["type"] == "object"
            assert not parameters.keys() & {"anyOf", "oneOf", "allOf", "$ref"}
            assert lint_schema(parameters) == []


def test_a_tool_that_is_not_strict_gets_the_schema_as_it_is() -> None:
    schema = obj({"a": {"type": "string", "maxLength": 3}, "b": {}}, "a")
    assert plan(schema, "openai", "tool").schema == schema
    assert plan(schema, "openai", "tool").relaxed == ()


def test_references_to_the_root_follow_it_inside() -> None:
    schema = {"type": "array", "items": {"anyOf": [{"$ref": "#"}, {"$ref": "#/$defs/n"}]},
              "$defs": {"n": {"type": "integer"}}}  # fmt: skip
    shaped = plan(schema, "anthropic", "tool")
    assert shaped.schema is not None
    assert lint_schema(shaped.schema) == []
    checker = checker_for(shaped.schema)
    assert checker.errors({WRAP: [[1], 2]}) == []
    assert checker.errors({WRAP: [["x"]]})
    assert shaped.restore({WRAP: [[1], 2]}) == [[1], 2]


def test_a_wrapping_that_was_left_out_is_not_missed() -> None:
    schema = {"anyOf": [obj({WRAP: TEXT}, WRAP), {"type": "integer"}]}
    shaped = plan(schema, "openai", "tool")
    assert shaped.restore({WRAP: 3}) == 3
    assert shaped.restore({WRAP: "x"}) == {WRAP: "x"}
    assert shaped.restore({WRAP: {WRAP: "x"}}) == {WRAP: "x"}


# Maps as pairs.


def pair(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


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


def test_a_plan_does_not_share_its_schema_with_the_caller() -> None:
    schema = obj({"a": TEXT}, "a")
    plan(schema, "openai")
    assert schema == obj({"a": TEXT}, "a")


# Restoring.


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


# Properties, over schemas made with an instance that satisfies them.


def pairs_of(relaxed: Any, root: dict[str, Any]) -> bool:
    """Whether a map is asked for as a list here."""
    items = relaxed.get("items", {})
    items = root["$defs"][items["$ref"].removeprefix("#/$defs/")] if "$ref" in items else items
    return list(items.get("properties", ())) == ["key", "value"]


def encodings(value: Any, relaxed: dict[str, Any], root: dict[str, Any]) -> Iterator[Any]:
    """How a vendor would write a value: absent properties as null, maps as pairs."""
    if "$ref" in relaxed:
        relaxed = root["$defs"][relaxed["$ref"].removeprefix("#/$defs/")]
    if "anyOf" in relaxed:
        for branch in relaxed["anyOf"]:
            yield from encodings(value, branch, root)
    elif isinstance(value, dict) and relaxed.get("type") == "array":
        if pairs_of(relaxed, root):
            yield from encodings([pair(k, v) for k, v in value.items()], relaxed, root)
    elif isinstance(value, dict) and relaxed.get("type") == "object":
        known = relaxed["properties"].keys()
        rest = [n for n in known if n.rstrip("_") == "other_properties"
                and pairs_of(relaxed["properties"][n], root)][-1:]  # fmt: skip
        others = {n: v for n, v in value.items() if n not in known - set(rest)}
        if rest:
            value = {**{n: v for n, v in value.items() if n not in others}, rest[0]: others}
        elif others and relaxed.get("additionalProperties") is False:
            return
        out = {} if rest else dict(others)
        for name, child in relaxed["properties"].items():
            if name not in value:
                if name in relaxed["required"]:
                    out[name] = None
            else:
                first = next(encodings(value[name], child, root), None)
                if first is None:
                    return
                out[name] = first[0]
        if fits(out, relaxed, root):
            yield (out,)
    elif isinstance(value, list) and relaxed.get("type") == "array":
        parts = [next(encodings(v, relaxed["items"], root), None) for v in value]
        if None not in parts:
            yield ([part[0] for part in parts if part],)
    elif fits(value, relaxed, root):
        yield (value,)


def fits(value: Any, relaxed: dict[str, Any], root: dict[str, Any]) -> bool:
    return not checker_for({**relaxed, "$defs": root.get("$defs", {})}).errors(value)


def encoded(shaped: Plan, value: Any) -> Any:
    assert shaped.schema is not None
    value = {WRAP: value} if shaped.wrapped else value
    found = next(encodings(value, shaped.schema, shaped.schema), None)
    assert found is not None, "the relaxed schema does not cover a valid instance"
    return found[0]


@settings(max_examples=300, deadline=None)
@given(pairs(), st.sampled_from(sorted(DIALECTS)))
def test_the_relaxed_schema_covers_the_original_and_comes_back(pair: Pair, dialect: str) -> None:
    schema, value = pair
    for mode in modes(schema, dialect):
        shaped = plan(schema, dialect, mode)
        written = {WRAP: value} if shaped.wrapped else value
        if mode in ("native", "strict_tool"):
            written = encoded(shaped, value)
        assert checker_for(shaped.schema or {}).errors(written) == []
        restored = shaped.restore(written)
        assert checker_for(schema).errors(restored) == []
        if mode in ("tool", "prompt"):
            assert restored == value


ALLOWED = {
    "openai": "type enum anyOf $ref $defs properties required additionalProperties items title"
    " description pattern format minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"
    " minItems maxItems",
    "anthropic": "type enum anyOf $ref $defs properties required additionalProperties items title"
    " description format minItems",
    "gemini": "type enum anyOf $ref $defs properties required additionalProperties items title"
    " description format minItems maxItems minimum maximum prefixItems",
}


def inside(relaxed: dict[str, Any], dialect: str) -> None:
    """A checker of the vendor's documented rules, apart from the code that follows them."""
    assert lint_schema(relaxed) == []
    for _, node in walk(relaxed):
        assert node.keys() <= set(ALLOWED[dialect].split()), node
        assert node.keys() & {"type", "anyOf", "$ref"}
        if "$ref" in node:
            assert not {key for key in node if not key.startswith("$")}
        if node.get("type") == "object" and dialect != "gemini":
            assert node["additionalProperties"] is False
        if node.get("type") == "object" and dialect == "openai":
            assert list(node["properties"]) == node["required"]
        if node.get("type") == "array":
            assert "items" in node or "prefixItems" in node
        if dialect == "anthropic":
            assert node.get("minItems", 0) <= 1
        if dialect == "gemini":
            assert all(isinstance(v, str | int | float) for v in node.get("enum", ()))
    if dialect == "openai":
        assert relaxed["type"] == "object"


@settings(max_examples=300, deadline=None)
@given(pairs(), st.sampled_from(sorted(DIALECTS)))
def test_the_relaxed_schema_stays_in_the_vendor_s_subset(pair: Pair, dialect: str) -> None:
    for mode in {"native", "strict_tool"} & set(modes(pair[0], dialect)):
        shaped = plan(pair[0], dialect, mode)
        assert shaped.schema is not None
        inside(shaped.schema, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_doubling_references_do_not_blow_up(dialect: str) -> None:
    defs: dict[str, Any] = {"d0": TEXT}
    for i in range(1, 25):
        ref = {"$ref": f"#/$defs/d{i - 1}", "description": "kept, so it is written out"}
        defs[f"d{i}"] = obj({"l": ref, "r": dict(ref)}, "l", "r")
    assert plan({"$ref": "#/$defs/d24", "$defs": defs}, dialect).mode in ("tool", "prompt")
