"""Reading the value out of an answer."""

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.json_schema.parse import AnswerNotJSON, parse_answer

TAKEN: list[tuple[str, Any]] = [
    ('{"a": 1}', {"a": 1}),
    (" \n[1, 2]\n", [1, 2]),
    ('\ufeff{"a": 1}', {"a": 1}),
    ("3", 3),
    ('"text"', "text"),
    ("null", None),
    ('```json\n{"a": 1}\n```', {"a": 1}),
    ("```\n[1]\n```", [1]),
    ('Here you are:\n```json\n{"a": "```"}\n```\nAnything else?', {"a": "```"}),
    ('Sure! {"a": 1} Hope that helps.', {"a": 1}),
    ('As [1] shows, {the} answer is {"a": [1, 2]}.', {"a": [1, 2]}),
    ('{"a": 1} ', {"a": 1}),
    (r'{"a": "\ud83d\ude00 \\ud800 \\u0000"}', {"a": "😀 \\ud800 \\u0000"}),
    ('{"a": 1e308}', {"a": 1e308}),
]
REFUSED = [
    "",
    "   ",
    "no",
    "{",
    '{"a": 1',
    "{'a': 1}",
    '{"a": 1,}',
    '{"a": NaN}',
    "[Infinity]",
    "[-Infinity]",
    '{"a": 1e999}',
    '{"a": -1e999}',
    '{"a": 1, "a": 2}',
    '{"b": {"a": 1, "a": 1}}',
    r'{"a": "\u0000"}',
    r'{"\u0000": 1}',
    r'{"a": "\ud800"}',
    '{"a": "\ud800"}',
    "[" * 100_000,
    "[" * 500 + "]" * 500,
    "1" * 5_000,
    "```json\n{\n```",
]


@pytest.mark.parametrize(("text", "value"), TAKEN)
def test_it_is_taken(text: str, value: Any) -> None:
    assert parse_answer(text) == value


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_it_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(AnswerNotJSON, match="the answer"):
        parse_answer(text)


@pytest.mark.parametrize(
    "text",
    [
        "```" + "\n" * 2_000_000,
        "```\n" * 500_000,
        "{" * 1_000_000,
        '{"a":' * 300_000,
        "[1," * 500_000,
        "x" * 9_000_000,
        '"' + "\\" * 2_000_000,
    ],
    ids=range(7),
)
def test_hostile_text_ends_in_time(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(AnswerNotJSON):
        parse_answer(text)
    assert time.perf_counter() - started < 5


TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON, st.booleans())
def test_every_json_value_comes_back(value: Any, ascii_only: bool) -> None:
    assert parse_answer(json.dumps(value, ensure_ascii=ascii_only)) == value


@given(st.lists(JSON) | st.dictionaries(TEXT, JSON, min_size=1))
def test_a_fence_changes_nothing(value: Any) -> None:
    assert parse_answer(f"Result:\n```json\n{json.dumps(value, indent=2)}\n```\nDone.") == value


@given(st.text(max_size=40))
def test_nothing_else_is_raised(text: str) -> None:
    with contextlib.suppress(AnswerNotJSON):
        parse_answer(text)
