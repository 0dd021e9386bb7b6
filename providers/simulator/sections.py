"""Headings with what stands below them: sections, and lists of bullets."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from providers.simulator.labels import BULLET, LABEL

CLAUSE = re.compile(r"^\s*\d+(?:\.\d+)+\.?\s+([A-Z][\w '-]{2,40})\.\s+(\S.*)$")


@dataclass
class Section:
    """Lines under a heading; of a numbered clause, its text."""

    title: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip("\n")


def sections_in(lines: Sequence[str], in_table: Set[int]) -> list[Section]:
    found: list[Section] = []
    for number, line in enumerate(lines):
        title = None if number in in_table else _heading(lines, number, in_table)
        if title is not None:
            found.append(Section(title, []))
        elif match := CLAUSE.match(line):
            found.append(Section(match[1], [match[2]]))
        elif found:
            found[-1].lines.append(line)
    return [section for section in found if section.text.strip()]


def _heading(lines: Sequence[str], number: int, in_table: Set[int]) -> str | None:
    line = lines[number].strip()
    if not 2 < len(line) <= 60 or not re.search(r"[A-Za-z]{2}", line):
        return None
    if line.startswith("#"):
        return line.strip("# ")
    if (match := LABEL.match(line)) and not match[2]:
        return match[1]
    if match or BULLET.match(line) or line.endswith((".", ",", ";")):
        return None
    before = lines[number - 1].strip() if number else ""
    after = lines[number + 1].strip() if number + 1 < len(lines) else ""
    ruled = bool(re.fullmatch(r"[=-]{3,}", after))
    alone = not before and (not after or number + 1 in in_table)
    if ruled or (not before and line.isupper()) or (alone and len(line.split()) <= 5):
        return line.strip(" *_=-")
    return None


def bullets_in(lines: Sequence[str], in_table: Set[int]) -> list[tuple[str, list[str]]]:
    """Lists of a section's bullets, each with its heading and whole entries."""
    groups: list[tuple[str, list[str]]] = []
    heading, open_entry = "", False
    for number, line in enumerate(lines):
        if match := BULLET.match(line):
            if not groups or groups[-1][0] != heading:
                groups.append((heading, []))
            groups[-1][1].append(match[1].strip())
            open_entry = True
        elif open_entry and line.startswith((" ", "\t")) and line.strip():
            groups[-1][1][-1] += " " + line.strip()
        else:
            open_entry = False
            if line.strip() and number not in in_table:
                heading = line.strip(" #:=-*")
    return groups
