"""Documents and schemas that are made to be slow are answered soon all the same."""

import time
from typing import Any

import pytest

from providers.simulator.answers import answer
from providers.simulator.prompt import Turn, asked

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
TEXTS = {
    "one long word": "a" * 200_000 + "!",
    "dashes": "a-" * 100_000,
    "spaces": "Name" + " " * 100_000 + "x",
    "labels": "total: 1\n" * 20_000,
    "a wide table": ("a  " * 500 + "\n") * 100,
    "tags": "<document>" * 20_000 + "<schema>" * 20_000,
    "braces": "schema " + "{" * 100_000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("schema", [SCHEMA, TREE], ids=["flat", "tree"])
def test_it_answers_soon(schema: dict[str, Any], text: str) -> None:
    began = time.process_time()
    answer(schema, asked("m", [Turn("user", text)], None).document)
    assert time.process_time() - began < 3
