"""What a vendor cannot enforce is told in words; what it can is passed on."""

import json
from typing import Any

import pytest

from providers.simulator.answers import answer
from schemas.json_schema.dialects import plan
from schemas.json_schema.validate import checker_for

SCHEMA = {
    "type": "object",
    "required": ["due", "code", "site"],
    "additionalProperties": False,
    "properties": {
        "due": {"type": "string", "format": "date", "description": "When."},
        "code": {"type": "string", "pattern": "^[A-Z]{3}$", "minLength": 3},
        "site": {"type": "string", "format": "uri"},
    },
}
DOCUMENT = "Due: 3 October 2026\nCode: see ABC\nSite: https://example.com/a"


def properties(dialect: str) -> dict[str, Any]:
    shaped = plan(SCHEMA, dialect).schema
    assert shaped is not None
    found: dict[str, Any] = shaped["properties"]
    return found


@pytest.mark.parametrize("dialect", ["openai", "anthropic", "gemini"])
def test_dates_are_enforced_everywhere(dialect: str) -> None:
    assert properties(dialect)["due"]["format"] == "date"
    assert properties(dialect)["due"]["description"] == "When."


def test_what_is_dropped_is_noted() -> None:
    assert "pattern" not in properties("anthropic")["code"]
    note = json.loads(properties("anthropic")["code"]["description"])
    assert note == {"pattern": "^[A-Z]{3}$", "minLength": 3}
    assert json.loads(properties("gemini")["site"]["description"]) == {"format": "uri"}
    assert properties("anthropic")["site"]["format"] == "uri"


@pytest.mark.parametrize("dialect", ["openai", "anthropic", "gemini"])
def test_the_simulator_heeds_the_notes(dialect: str) -> None:
    shaped = plan(SCHEMA, dialect)
    value = shaped.restore(json.loads(answer(shaped.schema, DOCUMENT)))
    assert checker_for(SCHEMA).errors(value) == []
    assert value["due"] == "2026-10-03"


def test_a_description_that_only_looks_like_a_note_is_harmless() -> None:
    schema = {"type": "string", "description": '{"type": "integer", "x": 1}'}
    assert isinstance(json.loads(answer(schema, "Hello there")), str)
