"""Single values: found in the document, bent to the schema."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

from providers.simulator.numbers import allowed, number_in
from providers.simulator.place import Place
from providers.simulator.shapes import Schema
from providers.simulator.strings import string
from providers.simulator.wording import likeness, words

YES = re.compile(r"\s*(yes|y|true|required|enabled|included|confirmed|on|✓|x)\b", re.IGNORECASE)
NO = re.compile(r"\s*(no|n|false|none|never|not|disabled|excluded|off|✗)\b", re.IGNORECASE)
DENIED = re.compile(r"\b(no|not|never|none|without|cannot)\b|n't\b", re.IGNORECASE)
SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
UNITS = frozenset("second minute hour day week month year percent".split())  # noqa: SIM905
MONEY = re.compile(r"(?:[$€£¥]|\b[A-Z]{3}\s)\s?\d[\d,.]*")
AMOUNTS = frozenset("amount price total cost fee value sum balance".split())  # noqa: SIM905


def leaf(schema: Schema, kind: str, place: Place) -> Any:
    """A value, or None when the document has none and none is needed."""
    if "enum" in schema:
        return _enum(schema["enum"], place)
    if kind == "null":
        return None
    if kind == "boolean":
        return _boolean(place)
    if kind in ("number", "integer"):
        return _number(schema, kind, place)
    return string(schema, place)


def _enum(values: list[Any], place: Place) -> Any:
    if place.turn:
        return values[place.turn % len(values)] if values else None
    for text in place.said():
        if (value := _named(values, text, first=False)) is not None:
            return value
    if place.needed or place.document.is_row:
        texts = [*place.document.lines_about(place.names), place.document.text]
    else:
        texts = place.document.lines_about(place.names)
        texts += [place.document.text] * all(map(_telling, values))
    for text in texts:
        if (value := _named(values, text, first=True)) is not None:
            return value
    return next(iter(values), None) if place.needed else None


def _telling(value: Any) -> bool:
    """Whether a word is so rare that it means this value wherever it stands."""
    return value is None or (isinstance(value, str) and (value.isupper() or "-" in value))


def _named(values: list[Any], text: str, *, first: bool) -> Any:
    """The enum value that a text names: the first in it, or the longest."""
    found: list[tuple[int, int, Any]] = []
    told = {SYMBOLS[c] for c in SYMBOLS.keys() & set(text)}
    padded = f" {' '.join(words(text) if len(text) < 200 else _words(text))} "
    for value in values:
        if isinstance(value, str) and (wanted := " ".join(words(value))):
            place = padded.find(f" {wanted} ")
            if place >= 0:
                found.append((place if first else -len(value), len(found), value))
            elif value in told:
                found.append((len(padded), len(found), value))
        elif type(value) in (int, float) and number_in(text) == value:
            found.append((0, len(found), value))
    return min(found)[2] if found else None


def _words(text: str) -> Iterator[str]:
    return itertools.chain.from_iterable(words(line) for line in text.splitlines())


def _boolean(place: Place) -> bool | None:
    for text in place.said():
        if YES.match(text):
            return True
        if NO.match(text):
            return False
    for line in place.document.lines_about(place.names):
        if likeness(place.names, words(line)) >= 0.7:
            return not DENIED.search(line)
    return bool(place.turn % 2) if place.needed else None


def _number(schema: Schema, kind: str, place: Place) -> Any:
    found = next(_numbers(place), None)
    if found is None and not place.needed:
        return None
    return allowed(schema, kind, 0.0 if found is None else found, place.turn)


def _numbers(place: Place) -> Iterator[float]:
    for text in place.said():
        if (value := number_in(text)) is not None:
            yield value
    if not place.document.is_row:
        yield from _counted(place)
    if place.needed:
        if set(place.names) & AMOUNTS and (match := MONEY.search(place.document.text)):
            yield number_in(match[0]) or 0.0
        if place.document.is_row or len(place.document.lines) == 1:
            value = number_in(place.document.text)
            yield from [] if value is None else [value]


def _counted(place: Place) -> Iterator[float]:
    """Numbers before a word of the name: "1,204 customers", "thirty (30) days"."""
    names = place.names
    for line in place.document.lines_about(names):
        if likeness(names, words(line)) < 0.35:
            continue
        for match in re.finditer(r"(\d[\d,.]*)\)?%?\s+(?:[\w-]+\s)?([\w-]+)", line):
            said = words(match[0].partition(" ")[2])
            if set(said) & set(names) and (set(names) - UNITS or len(names) == 1):
                value = number_in(match[1])
                yield from [] if value is None else [value]
