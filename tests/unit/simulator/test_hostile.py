"""Documents and schemas that are made to be slow are answered soon all the same."""

import json
import time
from typing import Any

import pytest

from providers.simulator import fill
from providers.simulator.answers import answer
from providers.simulator.prompt import Turn, asked
from schemas.json_schema.validate import checker_for

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "email": {"type": "string", "format": "email"},
        "host": {"type": "string", "format": "hostname"},
        "when": {"type": "string", "format": "date-time"},
        "code": {"type": "string", "pattern": "^(a+)+$"},
        "total": {"type": "number"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"name": {}}}},
    },
    "required": ["email", "host", "when", "total"],
}
TREE: dict[str, Any] = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {name: {"$ref": "#/$defs/node"} for name in "abcdefghij"},
        }
    },
    "$ref": "#/$defs/node",
}
SELF = {"$ref": "#"}
ENDLESS: dict[str, Any] = {
    "required": {"type": "object", "properties": {"a": SELF}, "required": ["a"]},
    "required in a then": {
        "type": "object",
        "properties": {"kind": {"const": "node"}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "node"}}},
        "then": {"properties": {"next": SELF}, "required": ["next"]},
    },
    "required twice": {
        "type": "object",
        "properties": {"a": SELF, "b": SELF},
        "required": ["a", "b"],
    },
    "required in either": {
        "type": "object",
        "anyOf": [
            {"properties": {"a": SELF}, "required": ["a"]},
            {"properties": {"b": SELF, "c": SELF}, "required": ["b", "c"]},
        ],
    },
    "an array of itself": {"type": "array", "items": SELF, "minItems": 3},
    "a tuple of itself": {"type": "array", "prefixItems": [SELF, SELF]},
    "contained": {"type": "array", "contains": SELF, "minContains": 2},
    "counted": {"type": "object", "additionalProperties": SELF, "minProperties": 2},
    "by another": {
        "$defs": {
            "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}, "required": ["b"]},
            "b": {"type": "array", "items": {"$ref": "#/$defs/a"}, "minItems": 2},
        },
        "$ref": "#/$defs/a",
    },
    "all of itself": {"allOf": [SELF, SELF], "properties": {"a": SELF}, "required": ["a"]},
    "doubled": {
        "$defs": {
            f"n{n}": {
                "type": "object",
                "properties": {x: {"$ref": f"#/$defs/n{n + 1}"} for x in "ab"},
                "required": ["a", "b"],
            }
            for n in range(30)
        }
        | {"n30": {"type": "integer"}},
        "$ref": "#/$defs/n0",
    },
}
NODE = {"type": "object", "properties": {"l": SELF, "r": SELF}, "required": ["l", "r"]}
ENDING: dict[str, Any] = {
    "or a number": {"anyOf": [NODE, {"type": "integer"}]},
    "a number or": {"anyOf": [{"type": "integer"}, NODE]},
    "only one of them": {"oneOf": [NODE, {"type": "string"}]},
    "where a flag says so": {
        "type": "object",
        "properties": {"more": {"type": "boolean"}},
        "required": ["more"],
        "if": {"properties": {"more": {"const": True}}},
        "then": {"properties": {"next": SELF}, "required": ["next"]},
    },
}
TEXTS = {
    "one long word": "a" * 200_000 + "!",
    "dashes": "a-" * 100_000,
    "spaces": "Name" + " " * 100_000 + "x",
    "labels": "total: 1\n" * 20_000,
    "a wide table": ("a  " * 500 + "\n") * 100,
    "tags": "<document>" * 20_000 + "<schema>" * 20_000,
    "braces": "schema " + "{" * 100_000,
}


@pytest.mark.parametrize("schema", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_has_no_end_gets_one(schema: dict[str, Any]) -> None:
    began = time.process_time()
    found = json.loads(answer(schema, "kind: node\nnext: node\na: b\n"))
    assert isinstance(found, list if schema.get("type") == "array" else dict)
    assert time.process_time() - began < 20


@pytest.mark.parametrize("schema", ENDING.values(), ids=ENDING.keys())
@pytest.mark.parametrize("text", ["", "l: 1\nr: 2\nmore: yes\n"], ids=["bare", "told"])
def test_what_may_end_is_valid(schema: dict[str, Any], text: str) -> None:
    found = json.loads(answer(schema, text))
    assert checker_for(schema).errors(found) == []


def test_what_the_bounds_do_not_see_has_an_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "DEEPEST", 10_000)
    monkeypatch.setattr(fill, "MAX_NODES", 10_000)
    assert answer({**ENDLESS["required"], "title": "another"}, "") == "{}"


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("schema", [SCHEMA, TREE], ids=["flat", "tree"])
def test_it_answers_soon(schema: dict[str, Any], text: str) -> None:
    began = time.process_time()
    answer(schema, asked("m", [Turn("user", text)], None).document)
    assert time.process_time() - began < 3
