"""What a document says, found by its shape: labelled lines, tables, bullets, dates, amounts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

LABEL = re.compile(r"^\s*(?:[-*•]\s+)?([A-Za-z][^:|\t]{0,48}?)\s*(?::|\.{3,})\s+(\S.*?)\s*$")
BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+(\S.*)$")
CELLS = re.compile(r"\s*\|\s*|\t+|\s{2,}")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
URL = re.compile(r"https?://[^\s<>\")]+")
NUMBER = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+]?\d+(?:\.\d+)?")
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})")
MONTH_DAY = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
DOTTED = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?\b")
STOP = frozenset("the a an of and or to in on for is at by with no".split())  # noqa: SIM905


def words(text: str) -> tuple[str, ...]:
    """Lower-case words of a label or of a snake_case or camelCase name, singular."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text).lower().replace("e-mail", "email")
    found = re.findall(r"[a-z0-9]+", text)
    told = [w for w in found if w not in STOP] or found
    return tuple(w[:-1] if len(w) > 3 and w.endswith("s") else w for w in told)


def likeness(name: Iterable[str], label: Iterable[str]) -> float:
    """How much two sets of words share, from 0 to 1."""
    one, other = set(name), set(label)
    if not one or not other:
        return 0.0
    shared = len(one & other)
    shared += (
        0.8
        * sum(  # type: ignore[assignment]
            any(
                len(a) > 3 and len(b) > 3 and (a.startswith(b[:4]) and b.startswith(a[:4]))
                for b in other
            )
            for a in one - other
        )
    )
    return min(1.0, shared / max(len(one), 1)) * 0.7 + min(1.0, shared / len(other)) * 0.3


@dataclass
class Table:
    """Rows of cells under a header."""

    header: list[str]
    rows: list[list[str]] = field(default_factory=list)


class Evidence:
    """A document, or a part of one."""

    def __init__(self, text: str, labels: dict[str, str] | None = None) -> None:
        self.text = text
        self.lines = [line.rstrip() for line in text.splitlines()]
        self.labels: list[tuple[tuple[str, ...], str]] = []
        for label, value in (labels or {}).items():
            self.labels.append((words(label), value))
        for line in self.lines:
            if match := LABEL.match(line):
                self.labels.append((words(match[1]), match[2]))
        self.tables = _tables(self.lines)
        self.bullets = _bullets(self.lines)

    def labelled(self, names: tuple[str, ...], least: float = 0.55) -> str | None:
        """The value of the label that is most like the name."""
        best, score = None, least
        for label, value in self.labels:
            fit = likeness(names, label)
            if fit > score:
                best, score = value, fit
        return best

    def heading(self) -> str | None:
        """The first line with letters in it."""
        for line in self.lines:
            text = line.strip(" #=-*_\t")
            if re.search(r"[A-Za-z]{2}", text):
                return text.partition(": ")[2] or text if LABEL.match(line) else text
        return None

    def sentence(self) -> str | None:
        """The first paragraph that reads like prose."""
        taken: list[str] = []
        for line in self.lines:
            if taken and (not line.strip() or LABEL.match(line)):
                break
            prose = len(line.split()) >= 6 and len(CELLS.split(line.strip())) < 3
            if taken or (prose and not LABEL.match(line)):
                taken.append(line.strip(" -*•\t"))
        return " ".join(taken) or None

    def list_under(self, names: tuple[str, ...]) -> list[str]:
        """Bullets below the heading that is most like the name."""
        best: list[str] = []
        score = 0.5
        for heading, entries in self.bullets:
            fit = likeness(names, words(heading))
            if fit > score:
                best, score = entries, fit
        return best


def _tables(lines: list[str]) -> list[Table]:
    tables: list[Table] = []
    current: Table | None = None
    for line in lines:
        if re.fullmatch(r"[\s|+=:-]*", line):
            if not line.strip():
                current = None
            continue
        cells = [c for c in CELLS.split(line.strip().strip("|")) if c.strip()]
        if len(cells) < 3 and not (current and len(cells) >= 2 and len(current.header) == 2):
            current = None
        elif current is None:
            current = Table(header=cells)
            tables.append(current)
        elif len(cells) >= max(2, len(current.header) - 1):
            current.rows.append(cells)
    return [t for t in tables if t.rows]


def _bullets(lines: list[str]) -> list[tuple[str, list[str]]]:
    groups: list[tuple[str, list[str]]] = []
    heading = ""
    for line in lines:
        match = BULLET.match(line)
        if match and groups and groups[-1][0] == heading:
            groups[-1][1].append(match[1].strip())
        elif match:
            groups.append((heading, [match[1].strip()]))
        elif line.strip() and not line.startswith((" ", "\t")):
            heading = line.strip(" #:=-*")
    return groups


def number_in(text: str) -> float | None:
    """The first number; thousands separators are dropped."""
    match = NUMBER.search(text)
    return float(match[0].replace(",", "")) if match else None


def date_in(text: str) -> str | None:
    """The first date, as YYYY-MM-DD."""
    for pattern, order in ((ISO, "ymd"), (DAY_MONTH, "dmy"), (MONTH_DAY, "mdy"), (DOTTED, "dmy")):
        for match in pattern.finditer(text):
            part = dict(zip(order, match.groups()[:3], strict=True))
            month = part["m"]
            if not month.isdigit():
                if month[:3].lower() not in MONTHS:
                    continue
                month = str(MONTHS.index(month[:3].lower()) + 1)
            try:
                return datetime(int(part["y"]), int(month), int(part["d"])).date().isoformat()
            except ValueError:
                continue
    return None


def moment_in(text: str) -> str | None:
    """The first date with its time (midnight without one), RFC 3339 in UTC unless it says."""
    day = date_in(text)
    if day is None:
        return None
    match = ISO.search(text)
    if match and match[4]:
        zone = match[7] or "Z"
        zone = "Z" if zone in ("Z", "UTC") else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
        return f"{day}T{match[4]}:{match[5]}:{match[6] or '00'}{zone}"
    clock = CLOCK.search(text)
    if clock and int(clock[1]) < 24 and int(clock[2]) < 60:
        return f"{day}T{int(clock[1]):02}:{clock[2]}:{clock[3] or '00'}Z"
    return f"{day}T00:00:00Z"
