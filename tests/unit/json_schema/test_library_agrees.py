"""Random schemas and instances: our checker says what the library's does."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas.json_schema.validate import Checker

SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "ab", 1.5])
INSTANCES = st.recursive(
    SCALARS,
    lambda i: st.lists(i, max_size=3) | st.dictionaries(st.sampled_from("abc"), i, max_size=3),
    max_leaves=8,
)
PIECES = st.sampled_from(
    [
        {"type": "string"},
        {"type": ["integer", "null"]},
        {"minLength": 2},
        {"minimum": 0},
        {"multipleOf": 2},
        {"enum": [1, "a", None]},
        {"const": {"a": 1}},
        {"uniqueItems": True},
        {"required": ["a"]},
        {"pattern": "^a"},
        {"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False},
        {"maxProperties": 1},
    ]
)
SCHEMAS = st.recursive(
    PIECES,
    lambda s: st.one_of(
        st.builds(lambda a: {"items": a}, s),
        st.builds(lambda a, b: {"properties": {"a": a, "b": b}}, s, s),
        st.builds(lambda k, a, b: {k: [a, b]}, st.sampled_from(["anyOf", "oneOf", "allOf"]), s, s),
        st.builds(lambda a: {"not": a}, s),
        st.builds(lambda a, b: {"if": a, "then": b}, s, s),
        st.builds(lambda a: {"additionalProperties": a}, s),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(SCHEMAS, INSTANCES)
def test_it_agrees_with_the_library(schema: dict[str, Any], instance: Any) -> None:
    """Where the library's own keywords are right, ours say the same."""
    text = json.loads(json.dumps(schema))
    assert (not Checker(text).errors(instance)) is Draft202012Validator(text).is_valid(instance)
