"""Other scripts' digits, wide letters, and the many dashes and spaces, as ASCII has them."""

import sys
import unicodedata
from functools import cache

DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe63"
SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
BRACKETS = "[]"  # a placeholder's own: they stay as they are


def folded(text: str) -> str:
    """The text, as long as before, with each such character as its ASCII one."""
    return text if text.isascii() else text.translate(_table())


@cache
def _table() -> dict[int, str]:
    table = dict.fromkeys(map(ord, DASHES), "-") | dict.fromkeys(map(ord, SPACES), " ")
    for point in range(0x80, sys.maxunicode + 1):
        digit = unicodedata.decimal(chr(point), None)
        if digit is not None:
            table[point] = str(digit)
    wide = {point: chr(point - 0xFEE0) for point in range(0xFF01, 0xFF5F)}
    return table | {point: char for point, char in wide.items() if char not in BRACKETS}
