"""The strict JSON reader."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.body import MalformedBody, UnsupportedMedia, parse_json
from app.errors import InvalidInput

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
LEAVES = st.none() | st.booleans() | st.integers() | TEXT
LEAVES |= st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner))


def read(text: str | bytes, content_type: str = "application/json", depth: int = 64) -> Any:
    data = text.encode() if isinstance(text, str) else text
    return parse_json(data, content_type=content_type, max_depth=depth)


@given(VALUES, st.booleans())
def test_reads_what_json_writes(value: Any, ascii_only: bool) -> None:
    assert read(json.dumps(value, ensure_ascii=ascii_only)) == value


@given(st.binary())
def test_refuses_or_reads_anything(data: bytes) -> None:
    try:
        value = read(data)
    except (MalformedBody, InvalidInput):
        return
    json.dumps(value, allow_nan=False).encode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("{", "line 1 column 2"),
        ("[1,]", "not JSON"),
        ("{'a': 1}", "not JSON"),
        ("1 2", "Extra data"),
        (b"\xff", "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        ("NaN", "NaN is not JSON"),
        ("[Infinity]", "Infinity is not JSON"),
        ("-Infinity", "-Infinity is not JSON"),
        ("1e400", "too large"),
        ("[-1e400]", "too large"),
        ("1" * 5000, "not acceptable"),
        ('{"a": 1, "a": 1}', "'a' stands twice"),
        ('[{"b": {"a": 1, "\\u0061": 2}}]', "'a' stands twice"),
        ('"a\nb"', "control character"),
    ],
)
def test_malformed(text: str | bytes, why: str) -> None:
    with pytest.raises(MalformedBody, match=why):
        read(text)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (r'"\u0000"', ""),
        (r'{"a": ["x", "\u0000"]}', "/a/1"),
        (r'{"a": {"\u0000": 1}}', "/a"),
        (r'{"a/b": {"c~d": "\ud800"}}', "/a~1b/c~0d"),
        (r'["\udc00\ud800"]', "/0"),
    ],
)
def test_text_that_no_store_keeps(text: str, pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert [fault.pointer for fault in caught.value.errors] == [pointer]


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert read(r'"\ud83d\ude00"') == "\N{GRINNING FACE}"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_depth(opening: str, closing: str) -> None:
    assert read(opening * 64 + "1" + closing * 64)
    with pytest.raises(MalformedBody, match="64 levels"):
        read(opening * 65 + "1" + closing * 65)
    with pytest.raises(MalformedBody, match="64 levels"):
        read(opening * 1_000_000)


def test_a_smaller_limit_of_depth_counts_too() -> None:
    with pytest.raises(MalformedBody, match="3 levels"):
        read("[[[[1]]]]", depth=3)


def test_brackets_in_texts_are_not_depth() -> None:
    text = json.dumps(["[" * 100, '"[{' * 50, "\\" + "[" * 99])
    assert read(text) == json.loads(text)


def test_many_brackets_side_by_side_are_not_depth() -> None:
    assert len(read("[" + ",".join(["[]"] * 1000) + "]")) == 1000


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_other_media(content_type: str) -> None:
    with pytest.raises(UnsupportedMedia, match="Content-Type"):
        read("{}", content_type)


@pytest.mark.parametrize(
    "text", ['{"a": "[[[["}', '{"a\\"[[[[": 1}', '["\\\\", "[[[["]', "[[], [[1]], []]"]
)
def test_what_looks_deep_and_is_not(text: str) -> None:
    assert read(text, depth=3) is not None
