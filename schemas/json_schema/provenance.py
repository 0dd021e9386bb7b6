"""Where in the document each value of an output stands, so that a reader can check it.

Says where a value can be read, not that the model read it there: of a value that stands at several
places, the next one after the value before it is told.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Literal

from schemas.json_schema.found_dates import Day, dates_in, times_in
from schemas.json_schema.found_numbers import amount, is_negative, numbers_in
from schemas.json_schema.found_texts import Place, Words
from schemas.json_schema.pointers import escape

MAX_DOCUMENT = 4 * 1024 * 1024  # characters that are looked at
MAX_LEAVES = 10_000
MAX_SPANS = 200  # of one number or date that are looked at
TIME_WITHIN = 40  # characters after a date that its time may stand in
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ](\d\d):(\d\d)")


@dataclass(frozen=True, kw_only=True)
class Found:
    """One leaf of the output: document[start:end] says it, as it is or in another form."""

    pointer: str
    found: Literal["exact", "normalized", "not_found"]
    start: int | None = None
    end: int | None = None

    def moved(self, by: int) -> "Found":
        """The same in a text that begins `by` characters earlier."""
        if self.start is None or self.end is None or not by:
            return self
        return replace(self, start=self.start + by, end=self.end + by)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def provenance(value: Any, document: str) -> list[Found]:
    """A line for each text, number, truth value and null of `value`, at most 10,000, in order.

    Truth values, nulls and empty texts are never found: they stand nowhere. Takes time in
    proportion to the document and the output; of huge ones the rest is `not_found`.
    """
    source = _Document(document[:MAX_DOCUMENT])
    lines: list[Found] = []
    near = 0
    for pointer, leaf in _leaves(value):
        if len(lines) >= MAX_LEAVES:
            break
        place = source.find(leaf, near)
        if place is None:
            lines.append(Found(pointer=pointer, found="not_found"))
            continue
        exact, near, end = place
        kind: Literal["exact", "normalized"] = "exact" if exact else "normalized"
        lines.append(Found(pointer=pointer, found=kind, start=near, end=end))
    return lines


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """Depth first, in the order of writing; never recurses. Pointers are made one by one."""
    stack: list[tuple[str, Iterator[tuple[Any, Any]]]] = [("", iter([("", value)]))]
    while stack:
        above, rest = stack[-1]
        found = next(rest, None)
        if found is None:
            stack.pop()
            continue
        at = f"{above}/{escape(found[0])}" if len(stack) > 1 else ""
        node = found[1]
        if isinstance(node, dict):
            stack.append((at, iter(node.items())))
        elif isinstance(node, list):
            stack.append((at, iter(enumerate(node))))
        else:
            yield at, node


class _Document:
    def __init__(self, text: str) -> None:
        self._text = text
        self._words = Words(text)

    @cached_property
    def _numbers(self) -> dict[Decimal, list[tuple[int, int]]]:
        found: dict[Decimal, list[tuple[int, int]]] = {}
        for start, end, number in numbers_in(self._text):
            found.setdefault(number, []).append((start, end))
        return {number: sorted(spans) for number, spans in found.items()}

    @cached_property
    def _dates(self) -> dict[Day, list[tuple[int, int]]]:
        found: dict[Day, list[tuple[int, int]]] = {}
        for start, end, days in dates_in(self._text):
            for day in days:
                found.setdefault(day, []).append((start, end))
        return {day: sorted(spans) for day, spans in found.items()}

    def find(self, leaf: Any, near: int) -> Place | None:
        if isinstance(leaf, str):
            return (
                self._words.find(leaf, near) or self._date(leaf, near) or self._amount(leaf, near)
            )
        if isinstance(leaf, bool) or not isinstance(leaf, int | float):
            return None
        try:
            return self._number(Decimal(repr(leaf)), repr(leaf), near)
        except (InvalidOperation, ValueError):  # not finite, or of over 4,300 digits
            return None

    def _amount(self, text: str, near: int) -> Place | None:
        places = (self._number(value, "", near) for value in amount(text))
        return next(filter(None, places), None)

    def _number(self, value: Decimal, written: str, near: int) -> Place | None:
        spans = _from(self._numbers.get(abs(value), []), near)
        if value < 0:
            spans = [span for span in spans if is_negative(self._text, *span)]
        for start, end in spans:
            at = start - (value < 0)
            if self._text[at:end] == written:
                return True, at, end
        return (False, *spans[0]) if spans else None

    def _date(self, text: str, near: int) -> Place | None:
        moment = MOMENT.match(text)
        day = text[:10] if moment else text
        wanted = [days for start, end, days in dates_in(day) if day[start:end] == day.strip()]
        for date in sorted(wanted[0]) if wanted else ():
            for start, end in _from(self._dates.get(date, []), near):
                if moment is None:
                    return False, start, end
                time = int(moment[1]), int(moment[2])
                for stop, found in times_in(self._text[end : end + TIME_WITHIN]):
                    if found == time:
                        return False, start, end + stop
        return None


def _from(spans: list[tuple[int, int]], near: int) -> list[tuple[int, int]]:
    """The spans in order, from the first at or after `near` on; at most 200."""
    turn = bisect_left(spans, (near, 0))
    return [*spans[turn : turn + MAX_SPANS], *spans[: min(turn, MAX_SPANS)]][:MAX_SPANS]
