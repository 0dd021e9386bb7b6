"""What gets a quick yes satisfies the schema; what is plainly good gets one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.extract_fields import EXTRACT_INPUT, EXTRACT_ITEM
from schemas.json_schema.quick import quick
from schemas.json_schema.validate import checker_for

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list("ab")) | st.text(), inner),
    max_leaves=8,
)
VALUES = st.dictionaries(
    st.sampled_from([*EXTRACT_INPUT["properties"], "other"]), ANY | st.text(min_size=1)
)


@given(VALUES)
def test_a_yes_is_true(value: dict[str, Any]) -> None:
    if quick(EXTRACT_INPUT)(value):
        assert not checker_for(EXTRACT_INPUT).errors(value)


def test_good_input_gets_a_yes() -> None:
    good = {
        "prompt": "p",
        "document": "d",
        "schema": {},
        "model": ["fast"],
        "effort": "low",
        "routing": {"providers": ["openai"], "no_training": True},
        "cache": {"ttl": 5},
        "max_cost": 0.5,
        "max_attempts": 3,
    }
    assert quick(EXTRACT_INPUT)(good)
    assert quick(EXTRACT_INPUT)({**good, "model": "fast"})
    assert quick(EXTRACT_ITEM)({"document": "d"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompt": "", "schema": {}},
        {"prompt": "p"},
        {"prompt": "p", "schema": [], "x": 1},
        {"prompt": "p", "schema": {}, "max_attempts": True},
        {"prompt": "p", "schema": {}, "max_attempts": 11},
        {"prompt": "p", "schema": {}, "max_cost": 0},
        {"prompt": "p", "schema": {}, "model": []},
        {"prompt": "p", "schema": {}, "routing": {"colour": 1}},
        {"prompt": "p", "schema": {}, "effort": "most"},
        {"prompt": "p", "schema": {}, "other": 1},
        [],
    ],
)
def test_wrong_input_gets_none(wrong: Any) -> None:
    assert not quick(EXTRACT_INPUT)(wrong)


@pytest.mark.parametrize(
    "schema", [{"type": "string", "pattern": "a"}, {"type": "object", "properties": {}}]
)
def test_what_is_not_plain_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not plain"):
        quick(schema)
