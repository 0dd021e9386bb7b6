"""Labelled lines, such as `Total: 12`, and what their values are."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from providers.simulator.tables import NOTHING, cells_of
from providers.simulator.wording import words

LABEL = re.compile(
    r"^\s*(?:[-*•]\s+)?\**([A-Za-z][^:|\t]{0,48}?)\**\s*(?::|\.{3,})\**(?:\s+(\S.*?))?\s*$"
)
NEXT_LABEL = re.compile(r"(?<!\s)\s{2,}(?=[A-Z][\w ()/-]{0,30}:\s)")
BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+(\S.*)$")
LONG_LINE = 50  # a value this far to the right may go on in the next line


@dataclass(frozen=True)
class Label:
    key: str
    words: tuple[str, ...]
    value: str
    line: int


def labels_in(lines: Sequence[str], in_table: Set[int]) -> list[Label]:
    """Of all lines but those in tables."""
    found = []
    for number in range(len(lines)):
        if number not in in_table:
            found += _labels_at(lines, number, in_table)
    return found


def _labels_at(lines: Sequence[str], number: int, in_table: Set[int]) -> list[Label]:
    found = []
    parts = NEXT_LABEL.split(lines[number])
    for part in parts:
        if match := LABEL.match(part):
            value = match[2] or _block(lines, number)
            if match[2] and part is parts[-1]:
                value = " ".join([value, *_continued(lines, number, in_table)])
            if value not in NOTHING:
                found.append(Label(match[1], words(match[1]), value, number))
    if not found and len(cells := cells_of(lines[number])) == 2:
        key, value = cells[0].text, cells[1].text
        if len(key) <= LONG_LINE and re.fullmatch(r"[A-Za-z][^\d:@]*", key):
            found.append(Label(key, words(key), value, number))
    return found


def _continued(lines: Sequence[str], number: int, in_table: Set[int]) -> list[str]:
    """The lines below that the value of a label goes on in."""
    taken: list[str] = []
    before = lines[number]
    for index in range(number + 1, len(lines)):
        line = lines[index]
        deeper = _indent(line) > _indent(lines[number])
        wrapped = len(before) >= LONG_LINE and line[:1].islower()
        wrapped |= len(before) >= LONG_LINE and bool(taken)
        if not (deeper or wrapped) or not line.strip() or index in in_table:
            break
        if LABEL.match(line) or BULLET.match(line):
            break
        taken.append(line.strip())
        before = line
    return taken


def _block(lines: Sequence[str], number: int) -> str:
    """The lines below a label that has no value of its own, in one line."""
    taken: list[str] = []
    for line in lines[number + 1 : number + 12]:
        if not line.strip() or BULLET.match(line):
            break
        taken.append(line.strip())
    return ", ".join(taken)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
