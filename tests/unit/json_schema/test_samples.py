"""The demo's documents: each schema lints, and a hand-written answer satisfies it."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas.json_schema.dialects import plan
from schemas.json_schema.lint import lint_schema
from schemas.json_schema.pointers import walk
from schemas.json_schema.validate import checker_for

SAMPLES = Path(__file__).resolve().parents[3] / "ops" / "samples"
ANSWERS = Path(__file__).parent / "answers"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.json"))


def about(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def test_there_are_at_least_eight_with_an_answer_each() -> None:
    assert len(NAMES) >= 8
    assert sorted(path.stem for path in ANSWERS.glob("*.json")) == NAMES
    assert sorted(path.stem for path in SAMPLES.glob("*.txt")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_whole(name: str) -> None:
    assert set(about(name)) == {"title", "prompt", "schema"}
    assert 30 <= len((SAMPLES / f"{name}.txt").read_text("utf-8").splitlines()) <= 80
    assert lint_schema(about(name)["schema"]) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_satisfies_the_schema_and_an_empty_one_does_not(name: str) -> None:
    checker = checker_for(about(name)["schema"])
    assert checker.errors(json.loads((ANSWERS / f"{name}.json").read_text("utf-8"))) == []
    assert checker.errors({})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dialect", ["openai", "anthropic", "gemini"])
def test_each_vendor_can_be_asked_natively(name: str, dialect: str) -> None:
    shaped = plan(about(name)["schema"], dialect)
    assert shaped.mode == "native"
    answer = json.loads((ANSWERS / f"{name}.json").read_text("utf-8"))
    assert shaped.restore(answer) == answer


def test_together_they_use_what_a_schema_can_say() -> None:
    used: set[str] = set()
    formats: set[str] = set()
    for name in NAMES:
        for _, node in walk(about(name)["schema"]):
            used |= node.keys()
            formats |= {node["format"]} if "format" in node else set()
    assert used >= {"$ref", "$defs", "oneOf", "anyOf", "enum", "const", "items", "pattern"}
    assert formats >= {"date", "date-time", "email", "uri"}
