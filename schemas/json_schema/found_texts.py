"""Finds texts in a document by their words, whatever their case, width and white space."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator

MAX_CANDIDATES = 500  # places that one text is looked for at
MAX_STEPS = 2_000_000  # words compared, for all texts of one document
MAX_SCANS = 100  # searches for texts without a word
# Scripts that put no space between words: each character is a word.
DENSE = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
WORD = re.compile(rf"[{DENSE}]|(?:[^\W_{DENSE}]|[\u0300-\u036f])+")
SAME = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
                     | dict.fromkeys("\u2018\u2019\u201c\u201d\"`", "'"))  # fmt: skip
FREE = re.compile(r"[\s,;]+")  # says nothing between two words
EDGE = re.compile(r"[\s,;.:()\[\]'!?]+")  # says nothing around a text
Place = tuple[bool, int, int]  # whether exact, start, end


class Words:
    """A document's words. Not safe for threads."""

    def __init__(self, document: str) -> None:
        self._document = document
        self._words: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._places: dict[str, list[int]] = {}
        self._steps = MAX_STEPS
        self._scans = MAX_SCANS
        for found in WORD.finditer(document):
            word = _folded(found[0])
            self._places.setdefault(word, []).append(len(self._words))
            self._words.append(word)
            self._starts.append(found.start())
            self._ends.append(found.end())

    def find(self, text: str, near: int) -> Place | None:
        """An exact place if there is one, the first from the offset `near` on, else before."""
        spans = [found.span() for found in WORD.finditer(text)]
        if not spans:
            return self._scanned(text)
        best = None
        for first in self._candidates([_folded(text[a:b]) for a, b in spans], near):
            if place := self._exact(text, spans, first):
                return place
            best = best or self._alike(text, spans, first)
        return best

    def _scanned(self, text: str) -> Place | None:
        self._scans -= 1
        at = self._document.find(text) if text.strip() and self._scans >= 0 else -1
        return (True, at, at + len(text)) if at >= 0 else None

    def _candidates(self, words: list[str], near: int) -> Iterator[int]:
        """The numbers of the words that the same words begin at."""
        if any(word not in self._places for word in words):
            return
        rarest = min(range(len(words)), key=lambda i: len(self._places[words[i]]))
        places = self._places[words[rarest]]
        turn = bisect_left(places, bisect_left(self._starts, near) + rarest)
        later, earlier = places[turn : turn + MAX_CANDIDATES], places[: min(turn, MAX_CANDIDATES)]
        for at in (later + earlier)[:MAX_CANDIDATES]:
            first = at - rarest
            self._steps -= 1
            if first < 0 or self._words[first] != words[0]:
                continue
            self._steps -= len(words)
            if self._steps < 0:
                return
            if self._words[first : first + len(words)] == words:
                yield first

    def _exact(self, text: str, spans: list[tuple[int, int]], first: int) -> Place | None:
        start = self._starts[first] - spans[0][0]
        if start >= 0 and self._document.startswith(text, start):
            return True, start, start + len(text)
        return None

    def _alike(self, text: str, spans: list[tuple[int, int]], first: int) -> Place | None:
        self._steps -= 10  # normalizing takes its time
        start, end = self._starts[first], self._ends[first + len(spans) - 1]
        before, after = text[: spans[0][0]], text[spans[-1][1] :]
        for index in range(len(spans) - 1):
            gap = self._document[self._ends[first + index] : self._starts[first + index + 1]]
            self._steps -= len(gap) >> 4
            if self._steps < 0:
                return None
            if _gap(gap) != _gap(text[spans[index][1] : spans[index + 1][0]]):
                return None
        lead, tail = EDGE.sub("", _gap(before)), EDGE.sub("", _gap(after))
        around = self._document[max(0, start - 3) : start], self._document[end : end + 3]
        if not _gap(around[0]).endswith(lead) or not _gap(around[1]).startswith(tail):
            return None
        return False, start, end


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()


def _gap(text: str) -> str:
    return FREE.sub("", unicodedata.normalize("NFKC", text).translate(SAME))
