"""The pieces of a document that the elements of an array are made from."""

import re

from providers.simulator.document import Document, of_row
from providers.simulator.place import Place
from providers.simulator.sections import Section
from providers.simulator.shapes import Schema
from providers.simulator.strings import FOUND
from providers.simulator.tables import NOTHING, Table
from providers.simulator.wording import likeness, words

SHORT = 80  # characters of a line that is an entry by itself
BETWEEN = re.compile(r"\s*[;,]\s*(?:and\s+)?|\s+and\s+")


def parts(items: Schema, properties: frozenset[str], place: Place) -> list[Document]:
    """One part for each element; none when the document has no such list."""
    if properties:
        table = _table(properties, place)
        if table is not None:
            return [of_row(table, row) for row in table.rows]
        return _repeated(properties, place) or [Document(text) for text in _entries(place)]
    return [Document(text, row={place.name: text}) for text in _scalars(items, place)]


def _table(properties: frozenset[str], place: Place) -> Table | None:
    """The table whose header names most of the properties."""
    best, score = None, 0.34
    for table in place.document.tables:
        heads = [words(cell.text) for cell in table.header]
        met = sum(max(likeness(words(p), head) for head in heads) > 0.55 for p in properties)
        fit = met / max(1, min(len(properties), len(heads)))
        titled = bool(table.title) and likeness(place.names, words(table.title)) > 0.55
        if met and fit + 0.5 * titled > score:
            best, score = table, fit + 0.5 * titled
    return best


def _repeated(properties: frozenset[str], place: Place) -> list[Document]:
    """Blocks that begin with the same label, as the messages of a thread do."""
    document = place.document
    wanted = [words(p) for p in properties]
    at: dict[tuple[str, ...], list[int]] = {}
    for label in document.labels:
        if label.line >= 0 and any(likeness(w, label.words) > 0.6 for w in wanted):
            at.setdefault(label.words, []).append(label.line)
    starts = next((lines for lines in at.values() if len(lines) > 1), [])
    ends = [*starts[1:], len(document.lines)][: len(starts)]
    pairs = zip(starts, ends, strict=True)
    return [Document("\n".join(document.lines[a:b])) for a, b in pairs]


def _entries(place: Place) -> list[str]:
    """A section's bullets, or its paragraphs."""
    listed = place.document.listed(place.names)
    if listed:
        return listed
    section = place.section()
    if section is None:
        return []
    return [text for text in re.split(r"\n\s*\n", section.text) if text.strip()]


def _scalars(items: Schema, place: Place) -> list[str]:
    listed = place.document.listed(place.names) or _column(place)
    if listed:
        return listed
    for text in place.said():
        return [part for part in BETWEEN.split(text) if part and part not in NOTHING]
    if isinstance(items.get("enum"), list):
        text = " ".join(w for line in place.document.lines for w in words(line))
        named = [v for v in items["enum"] if isinstance(v, str) and v]
        return [v for v in named if f" {' '.join(words(v))} " in f" {text} "]
    if items.get("format") in FOUND:
        found = FOUND[items["format"]].findall(place.document.text)
        return list(dict.fromkeys(str(f).rstrip(".,;") for f in found))
    return _lines(place.section())


def _column(place: Place) -> list[str]:
    """The column of a table that has the array's name."""
    for table in place.document.tables:
        for index, head in enumerate(table.header):
            if likeness(place.names, words(head.text)) > 0.8:
                return list(dict.fromkeys(table.column(index)))
    return []


def _lines(section: Section | None) -> list[str]:
    if section is None:
        return []
    lines = [line.strip() for line in section.lines if line.strip()]
    if all(len(line) <= SHORT for line in lines) and not any(li.endswith(".") for li in lines):
        return lines[:20]
    return [" ".join(p.split()) for p in re.split(r"\n\s*\n", section.text) if p.strip()]
