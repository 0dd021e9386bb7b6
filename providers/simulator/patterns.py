"""A text that a regular expression matches, for the common kinds of expression."""

import re
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

CATEGORIES = {
    "CATEGORY_DIGIT": "1",
    "CATEGORY_WORD": "a",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_NOT_WORD": "-",
    "CATEGORY_NOT_SPACE": "a",
}


def example(pattern: str) -> str | None:
    """A matching text, or None when the expression is beyond this."""
    try:
        text = "".join(_piece(op, value) for op, value in parser.parse(pattern))
        return text if re.search(pattern, text) else None
    except (re.error, KeyError, ValueError, RecursionError, OverflowError):
        return None


def _piece(op: Any, value: Any) -> str:
    if op is ops.LITERAL:
        return chr(value)
    if op is ops.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if op is ops.ANY:
        return "a"
    if op is ops.AT:
        return ""
    if op is ops.IN:
        return _one_of(value)
    if op is ops.BRANCH:
        return "".join(_piece(o, v) for o, v in value[1][0])
    if op is ops.SUBPATTERN:
        return "".join(_piece(o, v) for o, v in value[3])
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
        least, most, inner = value
        times = max(int(least), 1 if int(most) > 0 else 0)
        return "".join(_piece(o, v) for o, v in inner) * min(times, 200)
    raise ValueError(str(op))


def _one_of(choices: Any) -> str:
    first, rest = choices[0], choices[1:]
    if first[0] is ops.NEGATE:
        banned = {chr(v) for o, v in rest if o is ops.LITERAL}
        return next(c for c in "abcxyz019 _" if c not in banned)
    op, value = first
    if op is ops.LITERAL:
        return chr(value)
    if op is ops.RANGE:
        return chr(value[0])
    return CATEGORIES[str(value)]
