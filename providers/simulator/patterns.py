"""A text that a regular expression matches, for the common kinds of expression."""

import functools
import re
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import re2

CATEGORIES = {
    "CATEGORY_DIGIT": "1234567890",
    "CATEGORY_WORD": "abcxyz",
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": "abcxyz",
    "CATEGORY_NOT_WORD": "-./",
    "CATEGORY_NOT_SPACE": "abcxyz",
}
UNICODE = (
    (re.compile(r"\\p\{Lu\}"), "A-Z"),
    (re.compile(r"\\p\{Ll\}"), "a-z"),
    (re.compile(r"\\p\{L(?:etter)?\}"), "A-Za-z"),
    (re.compile(r"\\p\{(?:N|Nd)\}"), "0-9"),
)
MAX_REPEAT = 5_000
PLAIN = "abcxyz0123456789 _-.ABCXYZ"


def example(pattern: str, least: int = 0, most: int = 2_000, turn: int = 0) -> str | None:
    """A text of `least` to `most` characters that matches, the `turn`-th such one; or None."""
    wanted = compiled(pattern)
    for old, new in UNICODE:
        pattern = old.sub(lambda match, new=new: _in_brackets(match, new), pattern)  # type: ignore[misc]
    try:
        tree = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return None
    for extra in (1, 0, 2, 4, 8, least):
        try:
            text = _Writer(extra, turn).all(tree)
        except (KeyError, ValueError, RecursionError):
            return None
        if len(text) < least and not pattern.endswith(("$", r"\z", r"\Z")):
            text += "x" * (least - len(text))
        if least <= len(text) <= most and (wanted is None or wanted[0].search(text)):
            return text
    return None


@functools.lru_cache(maxsize=1_000)
def compiled(pattern: str) -> tuple[Any, Any] | None:
    """The expression, and the same to look for inside a text, as its first group.

    Both are RE2's, which takes no longer than the text is long, whatever the expression.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        whole = re2.compile(pattern, options)
        bare = pattern.removeprefix("^").removesuffix("$")
        return whole, re2.compile(rf"(?:^|\W)({bare})(?:\W|$)", options)
    except re2.error:
        return None


def _in_brackets(match: re.Match[str], inner: str) -> str:
    opened = match.string[: match.start()].rfind("[")
    inside = opened >= 0 and "]" not in match.string[opened : match.start()]
    return inner if inside else f"[{inner}]"


class _Writer:
    def __init__(self, extra: int, turn: int) -> None:
        self._extra, self._turn = extra, turn
        self._groups: dict[int, str] = {}

    def all(self, tree: Any) -> str:
        return "".join(self._piece(op, value) for op, value in tree)

    def _piece(self, op: Any, value: Any) -> str:
        if op is ops.LITERAL:
            return chr(value)
        if op is ops.NOT_LITERAL:
            return "a" if value != ord("a") else "b"
        if op is ops.ANY:
            return self._pick("abcxyz")
        if op in (ops.AT, ops.ASSERT_NOT, ops.ASSERT):
            return ""
        if op is ops.IN:
            return self._one_of(value)
        if op is ops.BRANCH:
            return self.all(value[1][self._turn % len(value[1])])
        if op is ops.SUBPATTERN:
            self._groups[value[0]] = text = self.all(value[3])
            return text
        if op is ops.GROUPREF:
            return self._groups[value]
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            least, most, inner = value
            times = min(int(least) + self._extra, int(most)) if int(most) else 0
            return "".join(self.all(inner) for _ in range(min(max(times, int(least)), MAX_REPEAT)))
        raise ValueError(str(op))

    def _pick(self, choices: str) -> str:
        chosen = choices[self._turn % len(choices)]
        self._turn //= len(choices)
        return chosen

    def _one_of(self, choices: Any) -> str:
        if choices[0][0] is ops.NEGATE:
            banned = "".join(_members(op, value) for op, value in choices[1:])
            return self._pick("".join(c for c in PLAIN if c not in banned) or "~")
        return self._pick("".join(_members(op, value) for op, value in choices))


def _members(op: Any, value: Any) -> str:
    if op is ops.LITERAL:
        return chr(value)
    if op is ops.RANGE:
        return "".join(map(chr, range(value[0], min(value[1], value[0] + 255) + 1)))
    return CATEGORIES[str(value)]
