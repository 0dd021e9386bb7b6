"""What a dialect does not enforce is told, with a pointer into the client's schema."""

from typing import Any

import pytest

from schemas.json_schema.dialects import DIALECTS, plan
from schemas.json_schema.pointers import resolve
from schemas.json_schema.relaxed import Relaxation

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "total": {"type": "number", "minimum": 0},
        "note": {"type": "string", "maxLength": 20},
        "at": {"type": "string", "format": "date-time"},
    },
    "required": ["total"],
    "additionalProperties": False,
}


def told(schema: dict[str, Any], dialect: str) -> set[tuple[str, str]]:
    return {(r.pointer, r.keyword) for r in plan(schema, dialect).relaxed}


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            "openai",
            {
                ("/properties/note/maxLength", "maxLength"),
                ("/properties/note", "required"),
                ("/properties/at", "required"),
            },
        ),
        (
            "anthropic",
            {
                ("/properties/total/minimum", "minimum"),
                ("/properties/note/maxLength", "maxLength"),
            },
        ),
        ("gemini", {("/properties/note/maxLength", "maxLength")}),
        ("none", set()),
    ],
)
def test_each_dialect(dialect: str, expected: set[tuple[str, str]]) -> None:
    assert told(SCHEMA, dialect) == expected


def test_a_root_that_is_no_object() -> None:
    array = {"type": "array", "items": {"type": "string"}}
    assert ("", "type") in told(array, "openai")
    assert ("", "type") not in told(array, "gemini")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_pointers_lead_into_the_schema(dialect: str) -> None:
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "a/b~c": {"type": "string"}}}
    found: tuple[Relaxation, ...] = plan(schema, dialect).relaxed
    assert found
    for relaxation in found:
        assert resolve(schema, "#" + relaxation.pointer) is not None


def test_what_a_vendor_cannot_be_given_says_why() -> None:
    anything = {"type": "object", "properties": {"x": {"type": "array"}}}
    assert plan(anything, "openai").reason == "an array of anything"
    assert plan(SCHEMA, "none").reason == "what this server makes of a schema is not known"
    assert plan(SCHEMA, "openai").reason is None


def test_every_process_tells_the_same_in_the_same_order() -> None:
    names = [f"p{n}" for n in range(40)]
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    optional = [r.pointer for r in plan(schema, "openai").relaxed if r.keyword == "required"]
    assert optional == [f"/properties/{name}" for name in names]
