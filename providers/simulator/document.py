"""A document, or a part of one: its labelled lines, tables, lists and sections."""

import re
from dataclasses import dataclass
from functools import cached_property

from providers.simulator.tables import NOTHING, Table, cells_of, tables_in
from providers.simulator.wording import Index, words

MAX_TEXT = 200_000  # characters that are looked at
MAX_LINE = 2_000
QUOTED = re.compile(r"^[>\s]*>\s?")
LABEL = re.compile(
    r"^\s*(?:[-*•]\s+)?\**([A-Za-z][^:|\t]{0,48}?)\**\s*(?::|\.{3,})\**(?:\s+(\S.*?))?\s*$"
)
NEXT_LABEL = re.compile(r"(?<!\s)\s{2,}(?=[A-Z][\w ()/-]{0,30}:\s)")
BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+(\S.*)$")
CLAUSE = re.compile(r"^\s*\d+(?:\.\d+)+\.?\s+([A-Z][\w '-]{2,40})\.\s+(\S.*)$")
LONG_LINE = 50  # a value this far to the right may go on in the next line


@dataclass(frozen=True)
class Label:
    key: str
    words: tuple[str, ...]
    value: str
    line: int


@dataclass
class Section:
    """Lines under a heading; of a numbered clause, its text."""

    title: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip("\n")


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
        found = [
            Label(key, words(key), value, -1)
            for key, value in self._row.items()
            if value not in NOTHING
        ]
        if self.is_row:
            return found
        for number in range(len(self.lines)):
            if number not in self._in_table:
                found += self._labels_at(number)
        return found

    def _labels_at(self, number: int) -> list[Label]:
        found = []
        parts = NEXT_LABEL.split(self.lines[number])
        for part in parts:
            if match := LABEL.match(part):
                value = match[2] or self._block(number)
                if match[2] and part is parts[-1]:
                    value = " ".join([value, *self._continued(number)])
                if value not in NOTHING:
                    found.append(Label(match[1], words(match[1]), value, number))
        if not found and len(cells := cells_of(self.lines[number])) == 2:
            key, value = cells[0].text, cells[1].text
            if len(key) <= LONG_LINE and re.fullmatch(r"[A-Za-z][^\d:@]*", key):
                found.append(Label(key, words(key), value, number))
        return found

    def _continued(self, number: int) -> list[str]:
        """The lines below that the value of a label goes on in."""
        taken: list[str] = []
        before = self.lines[number]
        for index in range(number + 1, len(self.lines)):
            line = self.lines[index]
            deeper = _indent(line) > _indent(self.lines[number])
            wrapped = len(before) >= LONG_LINE and line[:1].islower()
            wrapped |= len(before) >= LONG_LINE and bool(taken)
            if not (deeper or wrapped) or not line.strip() or index in self._in_table:
                break
            if LABEL.match(line) or BULLET.match(line):
                break
            taken.append(line.strip())
            before = line
        return taken

    def _block(self, number: int) -> str:
        """The lines below a label that has no value of its own, in one line."""
        taken: list[str] = []
        for line in self.lines[number + 1 : number + 12]:
            if not line.strip() or BULLET.match(line):
                break
            taken.append(line.strip())
        return ", ".join(taken)

    @cached_property
    def sections(self) -> list[Section]:
        found: list[Section] = []
        for number, line in enumerate(self.lines):
            title = None if number in self._in_table else self._heading(number)
            if title is not None:
                found.append(Section(title, []))
            elif match := CLAUSE.match(line):
                found.append(Section(match[1], [match[2]]))
            elif found:
                found[-1].lines.append(line)
        return [section for section in found if section.text.strip()]

    def _heading(self, number: int) -> str | None:
        line = self.lines[number].strip()
        if not 2 < len(line) <= 60 or not re.search(r"[A-Za-z]{2}", line):
            return None
        if line.startswith("#"):
            return line.strip("# ")
        if (match := LABEL.match(line)) and not match[2]:
            return match[1]
        if match or BULLET.match(line) or line.endswith((".", ",", ";")):
            return None
        before = self.lines[number - 1].strip() if number else ""
        after = self.lines[number + 1].strip() if number + 1 < len(self.lines) else ""
        ruled = bool(re.fullmatch(r"[=-]{3,}", after))
        alone = not before and (not after or number + 1 in self._in_table)
        if ruled or (not before and line.isupper()) or (alone and len(line.split()) <= 5):
            return line.strip(" *_=-")
        return None

    @cached_property
    def bullets(self) -> list[tuple[str, list[str]]]:
        """Lists of a section's bullets, each with its heading and whole entries."""
        groups: list[tuple[str, list[str]]] = []
        heading, open_entry = "", False
        for number, line in enumerate(self.lines):
            if match := BULLET.match(line):
                if not groups or groups[-1][0] != heading:
                    groups.append((heading, []))
                groups[-1][1].append(match[1].strip())
                open_entry = True
            elif open_entry and line.startswith((" ", "\t")) and line.strip():
                groups[-1][1][-1] += " " + line.strip()
            else:
                open_entry = False
                if line.strip() and number not in self._in_table:
                    heading = line.strip(" #:=-*")
        return groups

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


GAP_RUN = re.compile(r"\s{3,}")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def of_row(table: Table, row: list[str]) -> Document:
    """A row of a table as a document: its cells are labelled by the header."""
    told = {head.text or f"column {n}": row[n] for n, head in enumerate(table.header)}
    return Document("\n".join(c for c in row if c not in NOTHING), row=told)
