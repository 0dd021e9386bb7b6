"""Reads the JSON value out of a model's answer."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.json_schema.limits import MAX_JSON_DEPTH, json_depth
from schemas.json_schema.repair import MAX_REPAIR, OPEN, NotRepairable, end_of, repaired

MAX_ANSWER = 8 * 1024 * 1024  # characters
MAX_TRIES = 20  # places where a value might begin
SURROGATE = re.compile("[\ud800-\udfff]")
SPACE = " \t\r\n\ufeff"


class AnswerNotJSON(ValueError):
    """The answer holds no JSON value; the text says where reading stopped."""


@dataclass(frozen=True, kw_only=True)
class ParsedAnswer:
    """An answer's value; `repaired` when it was no JSON as it stood."""

    value: Any
    repaired: bool


def parse_answer(text: str) -> Any:
    """The answer's value: the whole text, a fenced block, or the largest value in the prose.

    Strict: no NaN, no number out of range, no key twice, no text that cannot be stored (a NUL,
    half of a surrogate pair). Raises AnswerNotJSON.
    """
    return _read(text, mend=False).value


def read_answer(text: str) -> ParsedAnswer:
    """As `parse_answer`, and with its punctuation mended where that makes and loses no data.

    An answer that is cut off is not: at most closing braces are added, after a value that ended.
    Raises AnswerNotJSON.
    """
    return _read(text, mend=True)


def _read(text: str, *, mend: bool) -> ParsedAnswer:
    if len(text) > MAX_ANSWER:
        raise AnswerNotJSON(f"the answer has over {MAX_ANSWER} characters")
    try:
        value, source, mended = _find(text, mend)
    except RecursionError:
        raise AnswerNotJSON("the answer is nested too deep") from None
    except _Refused as error:
        raise AnswerNotJSON(f"the answer is not usable JSON: {error}") from None
    except ValueError as error:
        raise AnswerNotJSON(f"the answer is not JSON: {error}") from None
    if json_depth(value, MAX_JSON_DEPTH):
        raise AnswerNotJSON(f"the answer is nested over {MAX_JSON_DEPTH} levels deep")
    _storable(source, value)
    return ParsedAnswer(value=value, repaired=mended)


def _find(text: str, mend: bool) -> tuple[Any, str, bool]:
    """The value, where it was written, whether it was mended. Raises ValueError, RecursionError."""
    begin = _skip(text, 0)
    if begin == len(text):
        raise ValueError("it is empty")
    try:
        value, end = _DECODER.raw_decode(text, begin)
        if _skip(text, end) == len(text):
            return value, text[begin:end], False
        failure = ValueError(f"more text follows the value at character {end}")
    except _Refused:
        raise
    except ValueError as error:
        failure = error
    fence = _fence(text, begin)
    if fenced := _decoded(text, fence):
        return *fenced, False
    if mend and (mended := _mended(text, begin, fence)):
        return *mended, True
    found = sorted(_embedded(text, begin), key=lambda f: -len(f[1]))
    if not found:
        raise failure
    return *found[0], False


def _mended(text: str, begin: int, fence: int) -> tuple[Any, str] | None:
    """The value of the fenced block or else the first one, which no strict reader takes."""
    if fence >= 0:
        closing = text.find("```", fence)
        text, begin = text[fence : closing if closing >= 0 else None], 0
    begin = min((i for i in (text.find(b, begin) for b in OPEN) if i >= 0), default=-1)
    if begin < 0 or _decoded(text, begin):
        return None
    source = text[begin:]
    try:
        return repaired(source), source
    except NotRepairable:
        return None


def _skip(text: str, at: int) -> int:
    """The next character that is not white space."""
    while at < len(text) and text[at] in SPACE:
        at += 1
    return at


def _fence(text: str, begin: int) -> int:
    """Where a fenced block's content starts; -1 without one."""
    fence = text.find("```", begin)
    line = text.find("\n", fence) if fence >= 0 else -1
    return _skip(text, line) if line >= 0 else -1


def _decoded(text: str, at: int) -> tuple[Any, str] | None:
    if at < 0:
        return None
    try:
        value, end = _DECODER.raw_decode(text, at)
    except _Refused:
        raise
    except ValueError:
        return None
    return value, text[at:end]


def _embedded(text: str, begin: int) -> Iterator[tuple[Any, str]]:
    """The objects and arrays that stand in the prose; not a part of one that cannot be read."""
    at = begin
    for _ in range(MAX_TRIES):
        starts = [i for i in (text.find("{", at), text.find("[", at)) if i >= 0]
        if not starts:
            return
        at = min(starts)
        if found := _decoded(text, at):
            yield found
            at += len(found[1])
            continue
        try:
            at += end_of(text[at : at + MAX_REPAIR])
        except NotRepairable:
            return


class _Refused(ValueError):
    """JSON as such, but not a value that we take."""


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise _Refused(f"the key {twice[:60]!r} is there twice")
    return found


def _constant(name: str) -> Any:
    raise _Refused(f"{name} is not JSON")


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise _Refused(f"the number {digits[:40]} is out of range")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float)


def _storable(source: str, value: Any) -> None:
    """Only an escape can smuggle in what a text column refuses. Raises AnswerNotJSON."""
    if "\\u" not in source and "\0" not in source and not SURROGATE.search(source):
        return
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            stack += item.keys()
            stack += item.values()
        elif isinstance(item, list):
            stack += item
        elif isinstance(item, str):
            if "\0" in item:
                raise AnswerNotJSON("the answer is not usable JSON: a text holds a NUL")
            if SURROGATE.search(item):
                raise AnswerNotJSON("the answer is not usable JSON: half of a surrogate pair")
