"""Mends the punctuation of an answer that is nearly JSON; its data is neither made nor lost.

The mending is `json_repair`'s, which will read anything: it closes what is cut off, fills in what
is missing and drops what it does not understand. So what it may be given is looked at before
(nothing cut off, nothing left out), and what it returns is held against the text: the same words
and numbers in the same order, in the same brackets.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from schemas.json_schema.limits import MAX_JSON_DEPTH

MAX_REPAIR = 256 * 1024  # characters
SIGNIFICANT = re.compile(r"[^\s]")
OPEN, CLOSE = "{[", {"}": "{", "]": "["}
QUOTES = "\"'\u201c\u201d\u2018\u2019`"
PUNCTUATION = re.compile(rf"[\s{QUOTES},:{{}}\[\]\\\ufeff]+")
ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\.", re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")
LITERALS = {"True": "true", "False": "false", "None": "null"}
LITERAL = re.compile(r"\b(?:True|False|None)\b")
NO_VALUE = re.compile(
    r"[:\[,]\s*[+-]?(?:nan|inf|infinity|undefined|\.\.\.)\s*[,\]}]", re.IGNORECASE
)
NO_TEXT = re.compile(r"\"\"|''|\u201c\u201d")


class NotRepairable(ValueError):
    """Mending would make or lose data; the text says why."""


def repaired(text: str) -> Any:
    """The object or list at the text's start, mended. Raises NotRepairable."""
    end, outline = _outlined(text)
    if any(mark in text[end:] for mark in '{}[]"'):
        raise NotRepairable("more follows the value")
    source = text[:end]
    if NO_VALUE.search(source):
        raise NotRepairable("a value is left out")
    value = _mended(source)
    if not isinstance(value, dict | list):
        raise NotRepairable("it is neither an object nor a list")
    _same_data(source, value)
    if _outline(value) != outline:
        raise NotRepairable("mending it would change its shape")
    return value


def end_of(text: str) -> int:
    """Where the object or list at the text's start ends; at the text's end if only braces miss.

    Raises NotRepairable when it is cut off, leaves a value out, or closes what is not open.
    """
    return _outlined(text)[0]


def _outlined(text: str) -> tuple[int, str]:
    """Where the value ends, and its brackets and colons."""
    stack: list[str] = []
    before = outline = ""
    for at, char in _outside_strings(text[:MAX_REPAIR]):
        outline += char if char in "{[:" else ""
        if char in OPEN:
            stack.append(char)
            if len(stack) > MAX_JSON_DEPTH:
                raise NotRepairable("it is nested too deep")
        elif (char == "," and before in "{[,:") or (char in CLOSE and before == ":"):
            raise NotRepairable("a value is left out")
        elif char in CLOSE:
            if not stack or stack.pop() != CLOSE[char]:
                raise NotRepairable("its brackets do not match")
            if not stack:
                return at + 1, outline
        before = char
    if len(text) > MAX_REPAIR:
        raise NotRepairable("it is too long to be mended")
    if "[" in stack or before not in "\"'}]":
        raise NotRepairable("it is cut off")
    return len(text), outline


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    """What is no white space outside of strings; a string gives its closing quote, if any."""
    before, at = "", 0
    while found := SIGNIFICANT.search(text, at):
        at, char = found.start(), found[0]
        if char == '"' or (char == "'" and before in "{[,:"):
            at = _closing(text, at + 1, char)
            char = char if at < len(text) else "\\"  # cut off inside
        yield at, char
        before, at = char, at + 1


def _closing(text: str, at: int, quote: str) -> int:
    """Where a string closes; the text's length if it does not."""
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == quote and (quote == '"' or _ends_string(text, at + 1)):
            return at
        at += 1
    return len(text)


def _ends_string(text: str, at: int) -> bool:
    """Whether a single quote before this is no apostrophe."""
    following = SIGNIFICANT.search(text, at)
    return following is None or following[0] in ",:}]"


def _mended(source: str) -> Any:
    import json_repair

    try:
        value = json_repair.loads(source, skip_json_loads=True)
        json.dumps(value, allow_nan=False)
    except Exception as error:  # of a library that is given anything
        raise NotRepairable(f"it cannot be mended ({type(error).__name__})") from None
    return value


def _same_data(source: str, value: Any) -> None:
    """Raises NotRepairable unless only punctuation differs."""
    atoms = list(_atoms(value))
    if _data(" ".join(atoms)) != _data(ESCAPES.sub(_unescaped, source)):
        raise NotRepairable("mending it would change what it says")
    if atoms.count("") > len(NO_TEXT.findall(source)):
        raise NotRepairable("a text is left out")


def _atoms(value: Any) -> Iterator[str]:
    """The keys and scalars of a value as written, in order."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield name
            yield from _atoms(child)
    elif isinstance(value, list):
        for child in value:
            yield from _atoms(child)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


def _outline(value: Any) -> str:
    """The opening brackets and colons that a value is written with, in order."""
    if isinstance(value, dict):
        return "{" + "".join(f":{_outline(child)}" for child in value.values())
    return "[" + "".join(map(_outline, value)) if isinstance(value, list) else ""


def _data(text: str) -> str:
    """A text without its punctuation, numbers and constants in one way of writing."""
    text = LITERAL.sub(lambda found: LITERALS[found[0]], text)
    text = NUMBER.sub(lambda found: _number(found[0]), text)
    return PUNCTUATION.sub("", text)


def _number(digits: str) -> str:
    return repr(float(digits)) if set(digits) & set(".eE") else digits


def _unescaped(found: re.Match[str]) -> str:
    if found[0].startswith("\\u") and len(found[0]) >= 6:
        return str(json.loads(f'"{found[0]}"'))
    return " " if found[0][1] in "ntrbf" else found[0][1]
