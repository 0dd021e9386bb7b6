"""Mending an answer's punctuation: no data is made, none is lost, nothing cut off is closed."""

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.json_schema.parse import AnswerNotJSON, read_answer

MENDED: list[tuple[str, Any]] = [
    ("{'a': 1}", {"a": 1}),
    ('{"a": 1,}', {"a": 1}),
    ('{"a": 1 "b": 2}', {"a": 1, "b": 2}),
    ('{"a": "x"\n"b": "y"}', {"a": "x", "b": "y"}),
    ("{a: True, b: None, c: y z}", {"a": True, "b": None, "c": "y z"}),
    ('{"a": "he said "hi" ok"}', {"a": 'he said "hi" ok'}),
    ('{"a": "l1\nl2"}', {"a": "l1\nl2"}),
    ("{“a”: “b”}", {"a": "b"}),
    (r'{"a": "C:\dir"}', {"a": "C:\\dir"}),
    ("{'a': 'it's ok', 'b': [1, 2]}", {"a": "it's ok", "b": [1, 2]}),
    ("```json\n{'a': [1]}\n```\nDone.", {"a": [1]}),
    (r'Sure: {"a": [1,], "b": "x\u00e9"} ok?', {"a": [1], "b": "xé"}),
    ("{'a': \"\", 'b': {}, 'c': []}", {"a": "", "b": {}, "c": []}),
    ("{'a': 1e5, 'b': -0.50}", {"a": 100000.0, "b": -0.5}),
    ('{"a": [{"b": 1}]', {"a": [{"b": 1}]}),
    ('{"a": {"b": "x"}', {"a": {"b": "x"}}),
]
LEFT = [
    '{"a": "x',
    '{"a": "he said "hi',
    '{"a": 1',
    '{"a": 12.',
    '{"a": tru',
    '{"a": 1, "b"',
    '{"a": 1, "b":',
    '{"a": 1,',
    '{"a": {',
    '{"a": [{"b": 1}, {"b": 2}',
    '{"a": n}o, "b": 1}',
    '[{"a": 1}, {"b": 2}',
    '{"a": [1, 2], "b": "cu',
    'Here: {"a": [1, 2], "b": "cu',
    '```json\n{"a": [1, 2], "b": "cu',
    '{"a": {"b": "x"} That is all',
    '{"a": }',
    "{'a': , 'b': 1}",
    "{'a' 1}",
    "[1,,2]",
    "[1, 2, ...]",
    "{'a': NaN}",
    "{'a': undefined}",
    "{'a': 1, 'a': 2}",
    '{"a": 007}',
    '{"a": 1 // as printed\n}',
    "{'a': 'x'}, {'b': 'y'}",
    '{"a": [1, 2}',
    "{'a': '\\u0000'}",
    "{'a': '\\ud800'}",
    "{'a': 1e999}",
    "no",
    "'no'",
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), MENDED)
def test_it_is_mended_and_says_so(text: str, value: Any) -> None:
    answer = read_answer(text)
    assert (answer.value, answer.repaired) == (value, True)
    assert json.dumps(answer.value) == json.dumps(value)


@pytest.mark.parametrize("text", LEFT, ids=range(len(LEFT)))
def test_it_is_left_as_it_is(text: str) -> None:
    with pytest.raises(AnswerNotJSON, match="the answer"):
        read_answer(text)


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "3", "[1]", '```\n{"a": 1}\n```', 'As [1] shows: {"a": [1, 2]} there.']
)
def test_json_is_not_mended(text: str) -> None:
    assert read_answer(text).repaired is False


@pytest.mark.parametrize(
    "text",
    [
        "{'a':" * 50_000,
        "[" * 90 + "x",
        '{"a":"' + '"x" ' * 50_000 + "}",
        "{'a': '" + "\\'" * 100_000 + "'}",
        "{'a': '" + "' " * 100_000 + "'}",
        '{"a": 1 ' * 30_000,
        "['" + "a', '" * 50_000,
        "{" + "'a' " * 60_000 + "}",
        "{'a': 1, " * 1_000_000,
        "[{] " * 60_000,
        "{x} " * 60_000,
    ],
    ids=range(11),
)
def test_hostile_text_ends_in_time(text: str) -> None:
    started = time.perf_counter()
    with contextlib.suppress(AnswerNotJSON):
        read_answer(text)
    assert time.perf_counter() - started < 10


WORDS = st.text("abc 'éx12.,:", max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e6, 1e6) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=10,
)
OBJECTS = st.dictionaries(WORDS, JSON, min_size=1, max_size=4)


def leaves(value: Any, at: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    if isinstance(value, dict | list) and value:
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return {leaf for step, child in pairs for leaf in leaves(child, (*at, step))}
    return {(at, json.dumps(value))}


@settings(max_examples=300, deadline=None)
@given(OBJECTS, st.data())
def test_an_answer_that_is_cut_off_gets_nothing_but_braces(
    value: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(value, ensure_ascii=False)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        answer = read_answer(cut)
    except AnswerNotJSON:
        return
    assert answer.repaired
    assert leaves(answer.value) <= leaves(value)


@settings(max_examples=300, deadline=None)
@given(st.lists(JSON, min_size=1), st.data())
def test_a_list_that_is_cut_off_is_refused(value: list[Any], data: st.DataObject) -> None:
    text = json.dumps(value)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    with pytest.raises(AnswerNotJSON):
        read_answer(cut)


@settings(max_examples=300, deadline=None)
@given(OBJECTS, st.data())
def test_a_slip_of_one_character_makes_no_data(value: dict[str, Any], data: st.DataObject) -> None:
    text = json.dumps(value, ensure_ascii=False)
    at = data.draw(st.integers(0, len(text) - 1))
    text = text[:at] + data.draw(st.sampled_from(["", *"'\",:{}[]x1 "])) + text[at + 1 :]
    try:
        answer = read_answer(text)
    except AnswerNotJSON:
        return
    written = json.dumps(answer.value, ensure_ascii=False)
    if answer.repaired:  # with all of the text's letters and no others
        for char in "bcéx":
            assert written.count(char) == text.count(char)
