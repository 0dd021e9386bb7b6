"""Phone numbers: forms that order numbers, dates and amounts do not have."""

import re
from collections.abc import Iterator

from providers.privacy.spans import overlapping

SEP = "[ \u00a0\u202f\u2011./-]"
GROUP = r"(?:\([0-9]{1,12}\)|[0-9]{1,12})"
GROUPS = rf"(?:{SEP}?{GROUP}){{1,8}}"  # more than any number has; cut by _cut
INTERNATIONAL = re.compile(rf"(?<![\w+])(?P<lead>\+|00)(?=\(?[1-9])(?P<rest>{GROUPS})(?!\w)")
# After a word for it, any digits that are as many as a number has.
NAMED = re.compile(
    r"(?<!\w)(?:tel|phone|telephone|telefon|tel[eé]fono|t[eé]l[eé]phone|fax|mobile|mobil|handy"
    r"|m[oó]vil|celular|cell)(?: number| no)?[.:]{0,2}[ \u00a0]?"
    rf"(?P<number>{GROUP}(?:{SEP}?[0-9]{{1,12}}){{0,6}})(?!\w)",
    re.IGNORECASE,
)
NATIONAL = tuple(
    re.compile(rf"(?<![\w+.,/-])(?:{form})(?!\w|[.,:/-][0-9])")
    for form in (
        # North America: both separators; area and exchange do not begin with 0 or 1.
        r"(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}",
        r"0[1-9](?:([ .-])[0-9]{2})(?:\1[0-9]{2}){3}",  # France, by pairs
        # Britain, Germany, and others with a trunk zero: an area of three to five digits.
        r"(?:\(0[1-9][0-9]{1,3}\) ?|0[1-9][0-9]{1,3}(?:[ /-]| / ))"
        r"(?:[0-9]{6,8}|[0-9]{3,4}([ -])[0-9]{3,5}|[0-9]{2,3}([ -])[0-9]{2}\2[0-9]{2,3})",
        r"0(?:7[0-9]{9}|[67][0-9]{8}|1[5-7][0-9]{8,9})",  # mobiles in one piece
        r"(?:\([1-9][0-9]\) ?9?|[1-9][0-9] 9)[0-9]{4}-[0-9]{4}",  # Brazil
    )
)
DATE = re.compile(r"[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{4}")
# Calling codes of two digits; 1 and 7 are alone, all others have three.
TWO = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
THREE = re.compile(r"2[1-69]|3[578]|42|5[09]|6[789]|8[0578]|9[679]")  # how those of three begin


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Phone numbers in the text."""
    for match in overlapping(INTERNATIONAL, text):
        end = _cut(text, match)
        if end is not None:
            yield match.start(), end
    for match in overlapping(NAMED, text):
        if 7 <= len(_digits(match["number"])) <= 15 and not DATE.match(match["number"]):
            yield match.span("number")
    for pattern in NATIONAL:
        for match in overlapping(pattern, text):
            yield match.span()


def _cut(text: str, match: re.Match[str]) -> int | None:
    """Where an international number ends: whole groups, as many as make one; None: none do."""
    end = match.end()
    while end > match.start("rest"):
        rest = text[match.start("rest") : end]
        if _international(rest, match["lead"]):
            return end
        shorter = re.search(rf"{SEP}?(?:\([0-9]+\)|[0-9]+)\Z", rest)
        end = match.start("rest") + shorter.start() if shorter else 0
    return None


def _international(rest: str, lead: str) -> bool:
    """Whether what follows `+` or `00` is a calling code and a number of its length."""
    digits = _digits(rest.replace("(0)", "", 1))
    if digits[:1] == "1":
        return len(digits) == 11 and digits[1] in "23456789" and digits[4] in "23456789"
    if digits[:1] == "7":
        return len(digits) == 11
    if not TWO.match(digits) and not THREE.match(digits):
        return False
    # 00 without any separator begins many numbers that are no phone's.
    least = 11 if lead == "00" and rest.isdigit() else 9
    return least <= len(digits) <= 15


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
