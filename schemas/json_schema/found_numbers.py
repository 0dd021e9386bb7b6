"""The numbers of a text, with separators and signs as documents write them."""

import re
from collections.abc import Iterator
from decimal import Decimal

MAX_DIGITS = 40
MAX_AMOUNT = 200  # characters
PLAIN = re.compile(r"(?<![A-Za-z\d])\d(?:[\d.,'\u2019]*\d)?")
SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)")
MARKS = re.compile("['\u2019 \u00a0\u202f]")
CURRENCY = r"(?:[A-Za-z]{3}|[$\u20ac\u00a3\u00a5\u20b9%])"
AMOUNT = re.compile(rf"{CURRENCY}?\s*([-\u2212]?)\s*{CURRENCY}?\s*([\d.,'\u2019 ]+?)\s*{CURRENCY}?")
SIGNS = "-\u2212("


def numbers_in(text: str) -> Iterator[tuple[int, int, Decimal]]:
    """Each number's span and value without its sign; once for each way to read it."""
    for form in (PLAIN, SPACED):
        for found in form.finditer(text):
            for value in readings(found[0]):
                yield *found.span(), value


def readings(digits: str) -> set[Decimal]:
    """What a number may mean: 1.234 is a little over one, or a thousand and more."""
    digits = MARKS.sub("", digits)
    if len(digits) > MAX_DIGITS:
        return set()
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        mark = max(".", ",", key=digits.rindex)
        other = "," if mark == "." else "."
        whole, _, rest = digits.replace(other, "").rpartition(mark)
        return set() if mark in whole else {Decimal(f"{whole}.{rest}")}
    if points + commas == 0:
        return {Decimal(digits)}
    parts = re.split("[.,]", digits)
    grouped = 1 <= len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])
    found = {Decimal("".join(parts))} if grouped else set()
    return found | ({Decimal(".".join(parts))} if len(parts) == 2 else set())


def amount(text: str) -> set[Decimal]:
    """What a text that is a number, perhaps with a currency, may mean; nothing for others."""
    # The pattern tries each share of a run of spaces: a long one would take it for ever.
    text = " ".join(text.split()) if len(text) <= MAX_AMOUNT else ""
    found = AMOUNT.fullmatch(text)
    if found is None or not found[2].strip(" .,'")[:1].isdigit():
        return set()
    sign = -1 if found[1] else 1
    return {sign * value for value in readings(found[2].strip(" .,'"))}


def is_negative(text: str, start: int, end: int) -> bool:
    """Whether the number at a span has a minus before it, or stands in parentheses."""
    before = text[max(0, start - 3) : start].rstrip()
    signs = [at for at, char in enumerate(before) if char in SIGNS]
    if not signs or before[-1].isalnum():
        return False
    at = max(0, start - 3) + signs[-1]
    if text[max(0, at - 1) : at].isdigit():  # 2026-7 and 5-7 are no -7
        return False
    return text[at] != "(" or ")" in text[end : end + 3]
