"""A document, or a part of one: its labelled lines, tables, lists and sections."""

import re
from functools import cached_property

from providers.simulator.labels import LABEL, Label, labels_in
from providers.simulator.sections import Section, bullets_in, sections_in
from providers.simulator.tables import NOTHING, Table, tables_in
from providers.simulator.wording import Index, words

MAX_TEXT = 200_000  # characters that are looked at
MAX_LINE = 2_000
QUOTED = re.compile(r"^[>\s]*>\s?")
GAP_RUN = re.compile(r"\s{3,}")


class Document:
    """Parsed once; every list below is in the order of the text."""

    def __init__(self, text: str, *, row: dict[str, str] | None = None) -> None:
        self.is_row = row is not None
        self.text = text[:MAX_TEXT]
        self.lines = [QUOTED.sub("", line[:MAX_LINE]).rstrip() for line in self.text.splitlines()]
        self._row = row or {}

    @cached_property
    def tables(self) -> list[Table]:
        return [] if self.is_row else tables_in(self.lines)

    @cached_property
    def _in_table(self) -> set[int]:
        return {n for table in self.tables for n in range(table.first, table.last + 1)}

    @cached_property
    def labels(self) -> list[Label]:
        told = [(key, value) for key, value in self._row.items() if value not in NOTHING]
        row = [Label(key, words(key), value, -1) for key, value in told]
        return row if self.is_row else row + labels_in(self.lines, self._in_table)

    @cached_property
    def sections(self) -> list[Section]:
        return sections_in(self.lines, self._in_table)

    @cached_property
    def bullets(self) -> list[tuple[str, list[str]]]:
        """Lists of a section's bullets, each with its heading and whole entries."""
        return bullets_in(self.lines, self._in_table)

    @cached_property
    def _keys(self) -> Index:
        return Index(label.key for label in self.labels)

    @cached_property
    def _titles(self) -> Index:
        return Index(section.title for section in self.sections)

    @cached_property
    def _list_titles(self) -> Index:
        return Index(heading for heading, _ in self.bullets)

    @cached_property
    def _lines_read(self) -> Index:
        return Index(self.lines)

    def told(self, names: tuple[str, ...], least: float = 0.55) -> list[str]:
        """Values of the labels that are like the name, the likest first."""
        return [self.labels[n].value for n in self._keys.like(names, least)]

    def section(self, names: tuple[str, ...], least: float = 0.65) -> Section | None:
        """The section whose heading is most like the name."""
        return next((self.sections[n] for n in self._titles.like(names, least)), None)

    def listed(self, names: tuple[str, ...]) -> list[str]:
        """Bullets below the heading that is most like the name."""
        return next((self.bullets[n][1] for n in self._list_titles.like(names, 0.5)), [])

    def lines_about(self, names: tuple[str, ...]) -> list[str]:
        """Lines that use a word of the name, those with most of them first."""
        return [self.lines[n] for n in self._lines_read.like(names, 0.2)]

    def heading(self) -> str | None:
        """The first line with letters in it."""
        for line in self.lines:
            text = line.strip(" #=-*_\t")
            if re.search(r"[A-Za-z]{2}", text):
                match = LABEL.match(text)
                return (match[2] if match else None) or GAP_RUN.split(text)[0]
        return None

    def paragraph(self) -> str | None:
        """The first paragraph that reads like prose, in one line."""
        taken: list[str] = []
        for number, line in enumerate(self.lines):
            label = LABEL.match(line)
            if taken and (not line.strip() or label):
                break
            prose = len(line.split()) >= 6 and number not in self._in_table
            if taken or (prose and not label):
                taken.append(line.strip(" -*•\t"))
        return " ".join(taken) or None


def of_row(table: Table, row: list[str]) -> Document:
    """A row of a table as a document: its cells are labelled by the header."""
    told = {head.text or f"column {n}": row[n] for n, head in enumerate(table.header)}
    return Document("\n".join(c for c in row if c not in NOTHING), row=told)
