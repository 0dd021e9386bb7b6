"""What the linter refuses, and what it lets pass."""

import json
import random
import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.json_schema.limits import MAX_REPORTED
from schemas.json_schema.lint import lint_schema
from tests.unit.json_schema.lint_cases import (
    ACCEPTED,
    REFUSED,
    chain,
)


@pytest.mark.parametrize(("schema", "code"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_it_is_refused(schema: Any, code: str) -> None:
    started = time.perf_counter()
    found = lint_schema(schema)
    assert code in {finding.code for finding in found}, found
    assert time.perf_counter() - started < 30  # a guard against what grows without end
    for finding in found:
        assert finding.detail
        assert finding.pointer == "" or finding.pointer.startswith("/")


@pytest.mark.parametrize("schema", [c[1] for c in ACCEPTED], ids=[c[0] for c in ACCEPTED])
def test_it_passes(schema: dict[str, Any]) -> None:
    assert lint_schema(schema) == []


def test_a_pointer_leads_to_the_fault() -> None:
    schema = {"properties": {"a/b": {"items": {"minimum": 2, "maximum": 1}}}}
    (found,) = lint_schema(schema)
    assert found.pointer == "/properties/a~1b/items/minimum"


NAME = "n" * 20_000
LONG_NAMED: list[tuple[str, Any]] = [
    ("values", {"properties": {NAME: {"enum": list(range(20_000))}}}),
    ("subschemas", {"properties": {NAME: {"anyOf": [{}] * 20_000}}}),
    ("few", {"properties": {NAME: {"anyOf": [{}] * 4_000}}}),
]


@pytest.mark.parametrize("schema", [c[1] for c in LONG_NAMED], ids=[c[0] for c in LONG_NAMED])
def test_what_lies_under_a_long_name_takes_no_room_of_it_each(schema: Any) -> None:
    tracemalloc.start()
    try:
        lint_schema(schema)
        assert tracemalloc.get_traced_memory()[1] < 60 << 20
    finally:
        tracemalloc.stop()


def test_a_body_of_any_size_takes_little_more_than_itself() -> None:
    schema = {"n" * (1 << 20): [{}] * 2_000}
    tracemalloc.start()
    try:
        assert [f.code for f in lint_schema(schema)] == ["too_large"]
        assert tracemalloc.get_traced_memory()[1] < 60 << 20
    finally:
        tracemalloc.stop()


def test_findings_are_bounded() -> None:
    schema = {"properties": {str(i): {"enum": []} for i in range(500)}}
    assert len(lint_schema(schema)) == MAX_REPORTED


WORST: list[dict[str, Any]] = [
    {"properties": {f"p{i}": {"$ref": "#/$defs/d0"} for i in range(2_000)}, **chain(2_000)},
    {"$ref": "#/$defs/d0", "$defs": {**chain(4_900)["$defs"]}},
    {"allOf": [{"pattern": "(a{1000})" + "b" * i} for i in range(200)]},
    {
        "$defs": {
            f"n{i}": {
                "type": "object",
                "required": ["x"],
                "properties": {"x": {"$ref": f"#/$defs/n{max(0, i - 1)}"}},
            }
            for i in range(1_600)
        },
        "$ref": "#/$defs/n1599",
    },
    {"anyOf": [{"anyOf": [{"allOf": [{"type": "string"}] * 60}] * 8}] * 8},
    {"enum": list(range(40_000)), "type": "string"},
]


@pytest.mark.parametrize("schema", WORST)
def test_the_worst_is_told_within_seconds(schema: dict[str, Any]) -> None:
    started = time.perf_counter()
    lint_schema(schema)
    assert time.perf_counter() - started < 5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYWORD = st.sampled_from(
    [
        *("type", "enum", "const", "properties", "required", "items", "anyOf", "oneOf"),
        *("allOf", "not", "if", "then", "$ref", "$defs", "$id", "format", "pattern"),
        *("minimum", "maximum", "minItems", "prefixItems", "additionalProperties"),
        *("patternProperties", "multipleOf", "uniqueItems", "dependentRequired"),
        *("dependentSchemas", "contains", "propertyNames"),
    ]
)
VALUE = st.sampled_from(
    ["string", "#", "#/$defs/a", "(a", -1, 1, [], {}, True, ["a"], [{}], {"a": {}}, [{"$ref": "#"}]]
)
ANY_SCHEMA = st.recursive(
    st.dictionaries(KEYWORD, VALUE | JSON, max_size=4),
    lambda inner: st.dictionaries(
        KEYWORD, inner | st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
    ),
    max_leaves=10,
)


@settings(max_examples=400, deadline=None)
@given(ANY_SCHEMA | JSON)
def test_it_never_raises_and_what_it_passes_is_a_schema(schema: Any) -> None:
    if lint_schema(schema) == []:
        assert isinstance(schema, dict)
        json.dumps(schema, allow_nan=False)
        Draft202012Validator.check_schema(schema)


def test_it_is_fast_enough_for_every_submission() -> None:
    names = random.Random(1).sample(range(10_000), 300)
    text = {"type": "string", "minLength": 1, "pattern": "^[a-z]+$"}
    schema = {"type": "object", "properties": {str(n): dict(text) for n in names}}
    started = time.perf_counter()
    assert lint_schema(schema) == []
    assert time.perf_counter() - started < 0.25
