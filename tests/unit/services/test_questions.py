"""The rungs of the ladder: which mode is asked in, for how much, and how the answer is read."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from app.services.ladder import Ask
from app.services.questions import FIELDS, Question, RefusedModes, question, restored
from schemas.json_schema.dialects import modes
from tests.unit.services.test_ladder import call

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "minLength": 3},
        "total": {"type": "number"},
        "note": {"type": "string"},
    },
    "required": ["number", "total"],
    "additionalProperties": False,
}
WRONG = {"number": "1", "total": 7, "note": "n"}
ERRORS = {"code": "answer_invalid", "errors": [{"pointer": "/number", "detail": "is too short"}]}


def asked(ask: Ask, dialect: str = "openai", schema: Any = SCHEMA, **more: Any) -> Question:
    given = {"prompt": "p", "document": "d", "schema": schema}
    claim: Any = SimpleNamespace(job=SimpleNamespace(input=given), stage=SimpleNamespace(item=None))
    wanted: dict[str, Any] = {"forced_tool": True, "refused": frozenset(), "effort": None} | more
    return question(claim, ask, model="m", dialect=dialect, **wanted)


def invalid(answer: Any, mode: str = "native", times: int = 1, **more: Any) -> Ask:
    last = call("succeeded", verdict="invalid", answer=json.dumps(answer), error=ERRORS, mode=mode)
    return Ask(choice=0, invalid=times, last=last, **more)


def test_the_best_mode_first() -> None:
    for dialect in ("openai", "anthropic", "gemini"):
        found = asked(Ask(choice=0), dialect)
        assert (found.mode, found.request.schema_mode) == ("native", "native")
    found = asked(Ask(choice=0), "none")
    assert (found.mode, found.request.schema) == ("prompt", None)
    assert '"minLength": 3' in found.request.messages[1].content


def test_then_only_what_failed_and_it_is_put_back() -> None:
    found = asked(invalid(WRONG))
    assert found.mode == FIELDS
    assert found.request.schema is not None
    assert list(found.request.schema["properties"]) == ["field_1"]
    assert "field_1: the value at /number" in found.request.messages[-1].content
    value, faults = found.read('{"field_1": "1234"}', SCHEMA)
    assert (value, faults) == ({**WRONG, "number": "1234"}, [])
    on_record = call("succeeded", verdict="valid", answer=json.dumps(value), mode=FIELDS)
    assert restored(on_record, SCHEMA, "openai") == value


def test_a_wrong_part_leaves_the_faults_of_the_whole() -> None:
    value, faults = asked(invalid(WRONG)).read('{"field_1": "2"}', SCHEMA)
    assert value == {**WRONG, "number": "2"}
    assert [fault["pointer"] for fault in faults] == ["/number"]


TREE: dict[str, Any] = {
    "type": "object",
    "properties": {"kids": {"type": "array", "items": {"$ref": "#"}, "minItems": 1}},
}


@pytest.mark.parametrize(("forced", "mode"), [(True, "tool"), (False, "native")])
def test_a_part_is_asked_for_as_the_whole_was(forced: bool, mode: str) -> None:
    """A model that refuses forced tools is given none for a part either."""
    wanted: dict[str, Any] = {"dialect": "anthropic", "schema": TREE, "forced_tool": forced}
    whole = asked(Ask(choice=0), **wanted)
    part = asked(invalid({"kids": []}, whole.mode), **wanted)
    assert (part.mode, part.request.schema_mode) == (FIELDS, mode)
    assert (part.request.schema is None) is not forced


@pytest.mark.parametrize(
    ("dialect", "mode"), [("openai", "tool"), ("anthropic", "tool"), ("gemini", "native")]
)
def test_a_part_that_could_be_enforced_is_asked_for_though_the_whole_could_not(
    dialect: str, mode: str
) -> None:
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "any": {}}}
    whole = asked(Ask(choice=0), dialect, schema)
    assert whole.request.schema_mode == mode
    part = asked(invalid(WRONG, whole.mode), dialect, schema)
    assert (part.mode, part.request.schema_mode) == (FIELDS, mode)


def test_a_part_is_not_asked_for_in_a_mode_known_to_be_refused() -> None:
    found = asked(invalid(WRONG, "strict_tool"), refused=frozenset({"native"}))
    assert (found.mode, found.request.schema_mode) == (FIELDS, "strict_tool")


def test_a_part_that_the_vendor_refused_is_asked_for_whole() -> None:
    found = asked(invalid(WRONG, refused=frozenset({FIELDS})))
    assert (found.mode, found.last) == ("native", False)


@pytest.mark.parametrize("answer", ["text", []])
def test_an_answer_that_is_wrong_at_its_root_is_asked_for_whole(answer: Any) -> None:
    found = asked(invalid(answer))
    assert found.mode == "native"
    assert "whole JSON value" in found.request.messages[-1].content


def test_then_the_next_mode() -> None:
    found = asked(invalid(WRONG, FIELDS, times=2))
    assert (found.mode, found.request.schema_mode) == ("strict_tool", "strict_tool")
    without_tools = asked(invalid(WRONG, FIELDS, times=2), forced_tool=False)
    assert without_tools.mode == "prompt"
    assert without_tools.last
    assert not found.last


def test_a_refused_mode_is_passed_by_and_remembered() -> None:
    found = asked(Ask(choice=0, refused=frozenset({"native"})))
    assert found.mode == "strict_tool"
    known = RefusedModes()
    known.add(SCHEMA, "openai/m", "native")
    known.add(SCHEMA, "openai/m", "strict_tool")
    reordered = dict(reversed(SCHEMA.items()))
    assert known.of(reordered, "openai/m") == {"native", "strict_tool"}
    assert known.of(SCHEMA, "openai/other") == frozenset()
    left = asked(Ask(choice=0), refused=known.of(SCHEMA, "openai/m"))
    assert left.mode == next(
        m for m in modes(SCHEMA, "openai") if m not in known.of(SCHEMA, "openai/m")
    )
    everything = frozenset(modes(SCHEMA, "openai"))
    assert asked(Ask(choice=0), refused=everything).mode == "prompt"


def test_punctuation_is_mended_and_nothing_is_made_up() -> None:
    found = asked(Ask(choice=0))
    good = '{"number": "123", "total": 7, "note": null,}'
    assert found.read(good, SCHEMA) == ({"number": "123", "total": 7}, [])
    value, faults = found.read('{"number": "123", "total": 7, "no', SCHEMA)
    assert faults
    assert value is None
