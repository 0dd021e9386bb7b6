"""Cuts a long text into chunks that overlap, where a reader would cut it."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

DENSE = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # no white space between words
HEADING = r"#{1,6}[ \t]+\S|(?:\d+\.){1,5}\d*[ \t]+[A-Z]|[A-Z][A-Z0-9 ,&'()-]{3,60}:?[ \t]*$"
# The best place first; each match ends where the next chunk may begin.
CUTS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        rf"\n(?={HEADING})",
        r"\n[ \t\r]*\n",
        r"""[.!?]["')\]\u201d\u2019]{0,2}\s|[\u3002\uff01\uff1f]""",
        r"\n",
        rf"\s(?=\S)|(?<=[{DENSE}])(?=[{DENSE}])",
        r"(?<=\W)(?=\w)",
    )
)
STARTS = CUTS[3:]  # an overlap begins with a line, or else with a word
LONGEST_CLUSTER = 64  # characters that are taken as one: past that it is no text
LONGEST_WORD = 64
MAX_TRIES = 50  # places of one kind that may lie in what is to be kept whole
JOINERS = frozenset("\u200d\u200c\u0085") | {chr(c) for c in range(0xFE00, 0xFE10)}
SKINS = range(0x1F3FB, 0x1F400)
FLAGS = range(0x1F1E6, 0x1F200)


# The stretch that goes over a place and may not be cut, as (start, end), if there is one there.
Keep = Callable[[int], tuple[int, int] | None]


@dataclass(frozen=True, kw_only=True, order=True)
class Span:
    """document[start:end]"""

    start: int
    end: int


def split(text: str, *, most: int, overlap: int, keep: Keep = lambda at: None) -> list[Span]:
    """Spans of at most `most` characters that cover the text, in order.

    Each begins at most `overlap` characters before the end of the one before it, at a line or a
    word, if there is one in the first half of these. No cut goes through what `keep` names, if
    each of these is shorter than half of what is new in a chunk. 0 <= overlap <= most / 2.
    """
    cutter = _Cutter(text, keep)
    spans, start, begun = [], 0, 0  # begun: what the spans so far cover
    while len(text) - start > most:
        earliest = max(begun, start) + (start + most - max(begun, start)) // 2
        end = cutter.end(earliest, start + most)
        spans.append(Span(start=start, end=end))
        begun, start = end, cutter.start(end - overlap, end, start)
    if begun < len(text) or not spans:
        spans.append(Span(start=start, end=len(text)))
    return spans


class _Cutter:
    def __init__(self, text: str, keep: Keep) -> None:
        self._text = text
        self._keep = keep

    def end(self, low: int, high: int) -> int:
        """The best place in (low, high] to end a chunk at."""
        for cut in CUTS:
            for at in list(self._places(cut, low, high))[: -MAX_TRIES - 1 : -1]:
                if self._keep(at) is None:
                    return at
        return self._apart(high, low)

    def start(self, wanted: int, end: int, before: int) -> int:
        """Where the overlap before `end` begins: at or soon after `wanted`, after `before`."""
        wanted = max(wanted, before + 1)
        if wanted >= end:
            return end
        half = wanted + (end - wanted) // 2
        for cut, low, high in (
            (c, *part) for part in ((wanted, half), (half, end)) for c in STARTS
        ):
            for at in self._places(cut, low - 1, high):
                if self._keep(at) is None:
                    return at
        return end if end - wanted <= LONGEST_WORD else self._after(wanted, end)

    def _after(self, low: int, end: int) -> int:
        """`low`, or after it the nearest place between two characters; at most `end`."""
        for at in range(low, end):
            if clear(self._text, at) or at - low > LONGEST_CLUSTER:
                kept = self._keep(at)
                return min(end, kept[1]) if kept else at
        return end

    def _places(self, cut: re.Pattern[str], low: int, high: int) -> Iterator[int]:
        """Where the cut's matches end, in (low, high]."""
        for found in cut.finditer(self._text, max(0, low - 2), min(high, len(self._text))):
            if low < found.end() <= high and clear(self._text, found.end()):
                yield found.end()

    def _apart(self, high: int, low: int) -> int:
        """`high`, or before it the nearest place between two characters; after `low`."""
        kept = self._keep(high)
        if kept and kept[0] > low:
            return kept[0]
        near = range(high, max(low, high - LONGEST_CLUSTER), -1)
        return next((at for at in near if clear(self._text, at)), high)


def clear(text: str, at: int) -> bool:
    """Whether no character, as a reader sees it, goes on over this place."""
    if not 0 < at < len(text):
        return True
    left, right = text[at - 1], text[at]
    if left == "\r" and right == "\n":
        return False
    if left == "\u200d" or right in JOINERS or ord(right) in SKINS:
        return False
    if unicodedata.combining(right) or unicodedata.category(right) in ("Mn", "Mc", "Me"):
        return False
    if 0xD800 <= ord(left) < 0xDC00 <= ord(right) < 0xE000:
        return False
    return not (ord(left) in FLAGS and ord(right) in FLAGS and _odd_flags(text, at))


def _odd_flags(text: str, at: int) -> bool:
    """Whether a flag, two letters, is cut in the middle."""
    first = at
    while first > max(0, at - LONGEST_CLUSTER) and ord(text[first - 1]) in FLAGS:
        first -= 1
    return (at - first) % 2 == 1
