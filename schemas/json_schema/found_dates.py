"""The dates of a text, in the forms that documents write them in."""

import re
from collections.abc import Iterator
from itertools import product

NAMES = (
    *("january february march april may june july august september october november december",),
    *("jan feb mar apr may jun jul aug sep oct nov dec",),
    *("januar februar märz april mai juni juli august september oktober november dezember",),
    *("janvier février mars avril mai juin juillet août septembre octobre novembre décembre",),
)
MONTHS = {name: at + 1 for names in NAMES for at, name in enumerate(names.split())} | {"sept": 9}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
YEAR_FIRST = re.compile(r"(?<![\d.])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
YEAR_LAST = re.compile(r"(?<![\d.])(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|\.)?[\s-]+(?:of\s+)?({MONTH})\.?[,\s-]+(\d{{4}})(?!\d)",
    re.IGNORECASE,
)
MONTH_FIRST = re.compile(
    rf"\b({MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|\s+)(\d{{4}})(?!\d)", re.IGNORECASE
)
TIME = re.compile(r"(?<!\d)(\d{1,2})[:.](\d{2})(?::\d{2})?(?:\s*([ap])\.?m\b)?", re.IGNORECASE)
Day = tuple[int, int, int]  # year, month, day


def dates_in(text: str) -> Iterator[tuple[int, int, frozenset[Day]]]:
    """Each date's span and what it may mean: 3/4/2026 is in March or in April."""
    for found in YEAR_FIRST.finditer(text):
        yield *found.span(), _days((found[1],), ((found[3], found[4]),))
    for found in YEAR_LAST.finditer(text):
        year = found[4]
        years = (year,) if len(year) == 4 else (f"20{year}", f"19{year}")
        one, other = found[1], found[3]
        yield *found.span(), _days(years, ((one, other), (other, one)))
    for found in DAY_FIRST.finditer(text):
        yield *found.span(), _days((found[3],), ((_month(found[2]), found[1]),))
    for found in MONTH_FIRST.finditer(text):
        yield *found.span(), _days((found[3],), ((_month(found[1]), found[2]),))


def times_in(text: str) -> Iterator[tuple[int, tuple[int, int]]]:
    """Where each time of day ends, and its hour and minute."""
    for found in TIME.finditer(text):
        hour = int(found[1])
        if found[3]:
            hour = hour % 12 + (12 if found[3] in "pP" else 0)
        if hour < 24:
            yield found.end(), (hour, int(found[2]))


def _month(name: str) -> str:
    return str(MONTHS.get(name.casefold(), 0))


def _days(years: tuple[str, ...], rest: tuple[tuple[str, str], ...]) -> frozenset[Day]:
    found = ((int(y), int(m), int(d)) for y, (m, d) in product(years, rest))
    return frozenset(day for day in found if 1 <= day[1] <= 12 and 1 <= day[2] <= 31)
