"""What a schema says in vain is told, and what it says well is not."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from schemas.json_schema.limits import MAX_REPORTED
from schemas.json_schema.lint import lint_schema
from schemas.json_schema.warnings import schema_warnings

SAMPLES = sorted((Path(__file__).parents[3] / "ops" / "samples").glob("*.json"))
VAIN: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "object", "propertys": {}}, "/propertys", "unknown_keyword"),
    ({"type": "string", "format": "iban"}, "/format", "unknown_format"),
    ({"type": "integer", "minLength": 1}, "/minLength", "ignored_keyword"),
    ({"type": "object", "then": {}}, "/then", "ignored_keyword"),
    ({"type": "object", "properties": {}, "required": ["a"]}, "/required", "undescribed_required"),
    ({"type": "string", "anyOf": [{"type": "integer"}, {}]}, "/anyOf/0", "dead_branch"),
    ({"anyOf": [{"type": "string"}, {"type": "string"}]}, "/anyOf/1", "dead_branch"),
    ({"oneOf": [False, {"type": "string"}]}, "/oneOf/0", "dead_branch"),
]


@pytest.mark.parametrize(("schema", "pointer", "code"), VAIN)
def test_it_is_told(schema: dict[str, Any], pointer: str, code: str) -> None:
    assert lint_schema(schema) == []
    inside = {"type": "object", "properties": {"x/y": schema}}
    assert [(w.pointer, w.code) for w in schema_warnings(schema)] == [(pointer, code)]
    assert [w.pointer for w in schema_warnings(inside)] == [f"/properties/x~1y{pointer}"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "number", "minimum": 0, "anyOf": [{"type": "integer"}, {"multipleOf": 0.5}]},
        {"type": ["string", "null"], "maxLength": 3, "x-note": 1, "order": 2},
        {"anyOf": [{"const": 1}, {"const": True}]},
        {"allOf": [{"properties": {"a": {}}}], "properties": {}, "required": ["a"]},
        {"type": "integer", "maximum": 3, "default": 1},
    ],
)
def test_nothing_is_said_of_what_is_meant(schema: dict[str, Any]) -> None:
    assert schema_warnings(schema) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: p.stem)
def test_the_samples_have_none(path: Path) -> None:
    assert schema_warnings(json.loads(path.read_text())["schema"]) == []


def test_there_is_an_end_to_it() -> None:
    many = {"anyOf": [{"type": "integer", "minLength": i} for i in range(90)]}
    assert len(schema_warnings(many)) == MAX_REPORTED


def test_very_many_unknown_keywords_are_told_in_time() -> None:
    schema = {f"propertie{i:06}": 1 for i in range(15_000)}
    started = time.perf_counter()
    assert all(w.code == "unknown_keyword" for w in schema_warnings(schema))
    assert time.perf_counter() - started < 2
