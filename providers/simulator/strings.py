"""Texts: by format, by pattern, by what a label or a section says, by what a name asks for."""

import re
from collections.abc import Iterable, Iterator

from providers.simulator.dates import date_in, moment_in, moments, time_in
from providers.simulator.document import Document
from providers.simulator.patterns import compiled, example
from providers.simulator.place import Place
from providers.simulator.shapes import Schema
from providers.simulator.wording import likeness, words

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
URL = re.compile(r"https?://[^\s<>\")\]]+")
PHONE = re.compile(r"(?:\+|\b)\d[\d ()/-]{6,18}\d\b")
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
HOST = re.compile(r"\b(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}\b", re.IGNORECASE)
IPV4 = re.compile(r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b")
FOUND = {
    "email": EMAIL,
    "idn-email": EMAIL,
    "uri": URL,
    "iri": URL,
    "uuid": UUID,
    "hostname": HOST,
    "ipv4": IPV4,
}
DEFAULTS = {
    "date": "2026-01-{day:02}",
    "date-time": "2026-01-{day:02}T00:00:00Z",
    "time": "00:00:{day:02}Z",
    "duration": "PT{turn}H",
    "email": "someone{turn}@example.com",
    "idn-email": "someone{turn}@example.com",
    "uri": "https://example.com/{turn}",
    "uri-reference": "/{turn}",
    "iri": "https://example.com/{turn}",
    "iri-reference": "/{turn}",
    "uuid": "00000000-0000-4000-8000-{turn:012}",
    "hostname": "host{turn}.example.com",
    "idn-hostname": "host{turn}.example.com",
    "ipv4": "192.0.2.{day}",
    "ipv6": "2001:db8::{turn}",
    "regex": "a{{{turn}}}",
    "json-pointer": "/{turn}",
    "relative-json-pointer": "{turn}",
    "uri-template": "/{turn}",
}
LAST = frozenset("last latest newest final end resolved closed until".split())  # noqa: SIM905
TITLES = frozenset("title name subject headline product company heading".split())  # noqa: SIM905
PROSE = frozenset(
    "summary description overview abstract text note body comment message".split()  # noqa: SIM905
)


def string(schema: Schema, place: Place) -> str | None:
    """A text, or None when the document has none and none is needed."""
    kind, pattern = schema.get("format"), schema.get("pattern")
    least, most = schema.get("minLength", 0), schema.get("maxLength", 2_000)
    texts: Iterable[str]
    if place.turn:
        texts = ()
    elif kind in DEFAULTS:
        texts = _of_format(kind, place)
    else:
        texts = _of_pattern(pattern, place) if pattern else _texts(place)
    accepts = compiled(pattern) if pattern else None
    for text in texts:
        text = text if kind in DEFAULTS or pattern else _cut(text, most)
        if least <= len(text) <= most and (accepts is None or accepts[0].search(text)):
            return text
    if not place.needed:
        return None
    if pattern and (made := example(pattern, least, most, place.turn)):
        return made
    if kind in DEFAULTS:
        return DEFAULTS[kind].format(turn=place.turn + 1, day=place.turn % 28 + 1)
    return _sized(_fallback(place), least, most, place.turn)


def _of_format(kind: str, place: Place) -> Iterator[str]:
    for text in place.said():
        if value := _formatted(kind, text):
            yield value
    document = place.document
    if kind in ("date", "date-time") and LAST & set(place.names) and place.needed:
        found = [m for m in moments(document.text) if kind == "date" or m.clock]
        if found:
            yield max(found).day if kind == "date" else max(found).text
    mentioned = document.lines_about(place.names)
    distinct = kind not in ("date", "date-time", "time", "hostname")
    if place.needed or (distinct and not document.is_row):
        mentioned = [*mentioned, document.text]
    for text in mentioned:
        if value := _formatted(kind, text):
            yield value


def _formatted(kind: str, text: str) -> str | None:
    if kind == "date":
        return date_in(text)
    if kind == "date-time":
        return moment_in(text)
    if kind == "time":
        clock = time_in(text)
        return f"{clock}Z" if clock else None
    match = FOUND[kind].search(text) if kind in FOUND else None
    return match[0].rstrip(".,;") if match else None


def _of_pattern(pattern: str, place: Place) -> Iterator[str]:
    accepts = compiled(pattern)
    if accepts is None:
        return
    whole, inner = accepts
    document = place.document
    for text in [*place.said(), *document.lines_about(place.names)]:
        if whole.search(text):
            yield text
        elif match := inner.search(text):
            yield match[1]
    if re.search(r"[A-Za-z0-9]", re.sub(r"\\[dwsDWS]|\[[^]]*\]|\{[^}]*\}", "", pattern)) or (
        place.needed and not document.is_row
    ):
        yield from (match[1] for match in inner.finditer(document.text))


def _texts(place: Place) -> Iterator[str]:
    document, kinds = place.document, set(place.names)
    yield from place.said()
    section = None if document.is_row else place.section()
    if section is not None and likeness(place.names, words(section.title)) > 0.75:
        yield from filter(None, [Document(section.text).paragraph()])
    for wanted, pattern in ((("email",), EMAIL), (("url", "website"), URL), (("phone",), PHONE)):
        if kinds & set(wanted) and (match := pattern.search(document.text)):
            yield match[0].rstrip(".,;")
    if kinds & TITLES and not document.is_row:
        yield from filter(None, [document.heading()])
    if kinds & PROSE:
        yield from filter(None, [document.paragraph()])
    if "address" in kinds and not document.is_row:
        yield from _addresses(place)


def _addresses(place: Place) -> Iterator[str]:
    """Lines with a house number: to the end of a party's block, or one line of a letter head."""
    lines = [line.strip() for line in place.document.lines if line.strip()]
    at = [n for n, line in enumerate(lines[:8]) if re.search(r"\d", line) and "@" not in line]
    if at and place.outer is not None:
        yield ", ".join(lines[at[0] : at[0] + 4])
    yield from (lines[n] for n in at if lines[n].count(",") > 1)


def _fallback(place: Place) -> str:
    document = place.document
    if document.is_row or len(document.lines) == 1:
        told = [line for line in document.lines if re.search(r"[A-Za-z]", line)]
        return (told or [document.text.strip()])[0] or place.name or "text"
    about = next(iter(document.lines_about(place.names)), None)
    if about and likeness(place.names, words(about)) > 0.4:
        return about.strip(" -*•")
    return document.paragraph() or document.heading() or place.name or "text"


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return text[:most].rpartition(" ")[0] or text[:most]


def _sized(text: str, least: int, most: int, turn: int) -> str:
    text = f"{text[: max(0, most - 8)]} {turn + 1}" if turn else text
    text = _cut(text, most)
    if len(text) < least:
        text = (text + " ") * (least // (len(text) + 1) + 1)
        text = text[:least]
    return text if len(text) <= most else str(turn)[:most]
