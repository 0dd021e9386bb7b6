"""Chunks cover the document, overlap as asked, are never too long, and cut where a reader would."""

import itertools
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.services.splitting import LONGEST_CLUSTER, Span, clear, split

WORDS = st.sampled_from(
    [
        *("a", "word", "Umfang", "zwölf", "e\u0301", "\u4e2d\u6587\u5b57"),
        *("\U0001f469\u200d\U0001f4bb", "\U0001f1e9\U0001f1ea", "x" * 90, "12.50", "end."),
        *("What?", "\n", "\n\n", "\r\n", " ", "\t"),
        *("\n# Heading\n", "\n2.1 Scope\n", "\nTERMS AND CONDITIONS\n", "\u3002"),
    ]
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=200).map(" ".join) | st.lists(WORDS, max_size=200).map("".join)


@settings(max_examples=150, deadline=None)
@given(TEXTS | st.text(max_size=400), st.integers(8, 300), st.floats(0, 0.5))
@example("\u0301" * 500, 40, 0.5)
@example("\U0001f1e9" * 301, 40, 0.1)
@example("", 10, 0.5)
@example(" " * 100, 10, 0.5)
def test_chunks_cover_the_text_and_none_is_too_long(text: str, most: int, share: float) -> None:
    overlap = int(most * share)
    spans = split(text, most=most, overlap=overlap)
    assert spans[0].start == 0
    assert spans[-1].end == len(text)
    for span in spans:
        assert span.end - span.start <= most
        assert span.start < span.end or not text
    for one, other in itertools.pairwise(spans):
        assert one.start < other.start <= one.end < other.end
        shared = one.end - other.start
        assert shared <= overlap
        longest = max(map(len, text[one.start : other.end].split()), default=0)
        assert shared >= overlap // 2 - max(longest, LONGEST_CLUSTER) - 1


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("abcü9", min_size=1, max_size=12), max_size=120), st.integers(60, 200))
def test_no_word_is_cut_where_there_is_a_space(words: list[str], most: int) -> None:
    text = " ".join(words)
    for span in split(text, most=most, overlap=most // 8):
        assert span.start == 0 or text[span.start - 1] == " "
        assert span.end == len(text) or text[span.end - 1] == " "


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS, max_size=200).map("".join), st.integers(150, 300))
def test_no_character_is_cut(text: str, most: int) -> None:
    for span in split(text, most=most, overlap=most // 10):
        assert clear(text, span.start)
        assert clear(text, span.end)


@pytest.mark.parametrize(
    "one", ["\r\n", "e\u0301", "\u0915\u093f", "\u2764\ufe0f", "\U0001f469\u200d\U0001f4bb",
            "\U0001f44d\U0001f3fd", "\U0001f1e9\U0001f1ea"],
)  # fmt: skip
def test_what_a_reader_sees_as_one(one: str) -> None:
    text = f"a{one}{one}b"
    free = [at for at in range(len(text) + 1) if clear(text, at)]
    assert free == [0, 1, 1 + len(one), 1 + 2 * len(one), len(text)]


@pytest.mark.parametrize(
    ("between", "cut"),
    [
        ("tail. Next one\n\nmore\n## Heading\nand so", "## Heading"),
        ("tail. Next one\n\nmore\nand so", "more"),
        ("tail. Next one\nand so", "Next one"),
        ("tail\nand so", "and so"),
        ("tail,and so", "so"),
        ("tail,and", "and"),
    ],
)
def test_the_best_place_wins(between: str, cut: str) -> None:
    text = "x" * 70 + between + "y" * 60
    first, second, *_ = split(text, most=70 + len(between), overlap=0)
    assert text[second.start :].startswith(cut)
    assert first.end == second.start


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=5, max_size=40), st.integers(100, 160))
def test_what_is_to_stay_whole_is_not_cut(lengths: list[int], most: int) -> None:
    text, whole = "", []
    for length in lengths:
        text += "ab cd. "
        whole.append((len(text), len(text) + 3 * length))
        text += "x. " * length

    def keep(at: int) -> tuple[int, int] | None:
        return next((span for span in whole if span[0] < at < span[1]), None)

    for span in split(text, most=most, overlap=most // 10, keep=keep):
        for at in (span.start, span.end):
            assert not any(start < at < end for start, end in whole)


def test_a_short_text_is_one_chunk() -> None:
    assert split("abc", most=10, overlap=2) == [Span(start=0, end=3)]


def test_a_long_text_takes_time_in_proportion() -> None:
    began = time.monotonic()
    for text in ("word " * 200_000, "x" * 1_000_000, "\n" * 1_000_000, "A" * 1_000_000):
        split(text, most=8_000, overlap=400)
    assert time.monotonic() - began < 60  # a hang guard
