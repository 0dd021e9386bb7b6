"""Native, strict tool, tool or prompt: which modes a dialect has for a schema, best first."""

from typing import Any

import pytest

from schemas.json_schema.dialects import DIALECTS, WRAP, Mode, UnknownMode, modes, plan
from schemas.json_schema.lint import lint_schema
from schemas.json_schema.validate import checker_for
from tests.unit.json_schema.hard_schemas import LOOSE, TREE
from tests.unit.json_schema.strategies import TEXT, obj


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
