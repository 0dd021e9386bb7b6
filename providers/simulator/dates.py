"""Dates and times as documents write them, normalised."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
PATTERNS = (
    (re.compile(r"\b(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)"), "ymd"),
    (
        re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?([A-Za-z]{3,9})\.?,?\s+(\d{4})\b"),
        "dmy",
    ),
    (re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b"), "mdy"),
    (re.compile(r"\b(\d{1,2})[./-](\d{1,2})[./-](\d{4})\b"), "dmy"),
)
CLOCK = re.compile(
    r"[T,]?\s*(?:at\s+)?(\d{1,2})[:.](\d{2})(?::(\d{2}))?(\.\d+)?\s*([ap]\.?m\b)?"
    r"\s*(Z\b|UTC\b|GMT\b|[+-]\d{2}:?\d{2}\b)?",
    re.IGNORECASE,
)
ALONE = re.compile(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?\b")
MONTH_YEAR = re.compile(r"\b([A-Za-z]{3,9})\.?\s+(\d{4})\b")


@dataclass(frozen=True, order=True)
class Moment:
    """A day, with its time of day when the document gives one."""

    day: str  # YYYY-MM-DD
    clock: str = ""  # hh:mm:ss
    zone: str = "Z"

    @property
    def text(self) -> str:
        """RFC 3339; midnight without a time, UTC without a zone."""
        return f"{self.day}T{self.clock or '00:00:00'}{self.zone}"


def moments(text: str) -> Iterator[Moment]:
    """Every date in a text, in the order of its way of writing."""
    for pattern, order in PATTERNS:
        for match in pattern.finditer(text):
            part = dict(zip(order, match.groups(), strict=True))
            day = _day(part["y"], part["m"], part["d"])
            if day is None and order == "dmy" and part["m"].isdigit():
                day = _day(part["y"], part["d"], part["m"])
            if day is not None:
                yield _timed(day, text[match.end() : match.end() + 40])


def date_in(text: str) -> str | None:
    """The first date, as YYYY-MM-DD; the first of the month when there is but a month."""
    found = next(moments(text), None)
    if found is not None:
        return found.day
    for match in MONTH_YEAR.finditer(text):
        if day := _day(match[2], match[1], "1"):
            return day
    return None


def moment_in(text: str) -> str | None:
    """The first date with its time, as RFC 3339."""
    found = next(moments(text), None)
    if found is None:
        return None
    if not found.clock and (clock := time_in(text)):
        return Moment(found.day, clock).text
    return found.text


def time_in(text: str) -> str | None:
    """The first time of day, as hh:mm:ss."""
    for match in ALONE.finditer(text):
        if int(match[1]) < 24 and int(match[2]) < 60 and int(match[3] or 0) < 60:
            return f"{int(match[1]):02}:{match[2]}:{match[3] or '00'}"
    return None


def _timed(day: str, rest: str) -> Moment:
    match = CLOCK.match(rest)
    if match is None:
        return Moment(day)
    hour = int(match[1])
    half = (match[5] or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59:
        return Moment(day)
    zone = (match[6] or "Z").upper()
    zone = "Z" if zone in ("Z", "UTC", "GMT", "+0000", "+00:00") else zone
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    return Moment(day, f"{hour:02}:{match[2]}:{match[3] or '00'}", zone)


def _day(year: str, month: str, day: str) -> str | None:
    if not month.isdigit():
        if month[:3].lower() not in MONTHS:
            return None
        month = str(MONTHS.index(month[:3].lower()) + 1)
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
