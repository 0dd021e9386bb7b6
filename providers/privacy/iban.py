"""International bank account numbers: a length per country, and 97's remainder."""

import re
from collections.abc import Iterator

# Characters of an IBAN by country, after SWIFT's registry; written down from memory in 2026.
LENGTHS: dict[str, int] = {
    country: int(length)
    for length, countries in {
        "15": "NO",
        "16": "BE",
        "18": "DK FI FK FO GL NL SD",
        "19": "MK SI",
        "20": "AT BA EE KZ LT LU MN XK",
        "21": "CH HR LI LV",
        "22": "BG BH CR DE GB GE IE ME RS VA",
        "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG",
        "25": "LY PT ST",
        "26": "IS TR",
        "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HN HU LB NI PL SV",
        "29": "BR EG PS QA UA",
        "30": "JO KW MU YE",
        "31": "MT SC",
        "32": "LC",
        "33": "RU",
    }.items()
    for country in countries.split()
}
START = re.compile(r"(?<!\w)[A-Za-z]{2}[0-9]{2}")
# One character more, after at most one separator.
NEXT = re.compile(r"[ \u00a0\u202f-]?[A-Za-z0-9]")


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """IBANs in the text, in one piece or in groups, in either case."""
    for match in START.finditer(text):
        end = _end(text, match.end(), LENGTHS.get(match[0][:2].upper(), 0) - 4)
        if end is not None and is_iban("".join(filter(str.isalnum, text[match.start() : end]))):
            yield match.start(), end


def _end(text: str, at: int, more: int) -> int | None:
    """Where the number ends that has `more` characters to come; None: it does not fit."""
    if more <= 0:
        return None
    for _ in range(more):
        step = NEXT.match(text, at)
        if step is None:
            return None
        at = step.end()
    following = text[at : at + 1]
    return None if following.isalnum() or following == "_" else at


def is_iban(code: str) -> bool:
    """Whether an IBAN without separators has its country's length and leaves 1 of 97."""
    if LENGTHS.get(code[:2].upper()) != len(code) or not code.isascii():
        return False
    return int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1
