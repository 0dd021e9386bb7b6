"""Reads a JSON body strictly: what two readers could understand differently is refused."""

import json
import math
import re
from typing import Any

from flask import Request

from app.errors import FieldError, InvalidInput, PayloadTooLarge, PenstockError

# A whole string, or a run of brackets that all open or all close.
BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]+|[\]}]+', re.DOTALL)


class UnsupportedMedia(PenstockError):
    code = "unsupported_media_type"


class MalformedBody(PenstockError):
    code = "malformed_body"


def read_body(request: Request, *, max_bytes: int) -> bytes:
    """The raw body. Raises PayloadTooLarge, MalformedBody."""
    if (request.content_length or 0) > max_bytes:
        raise PayloadTooLarge(f"a request body may have {max_bytes} bytes")
    data = request.get_data(cache=True)
    if len(data) > max_bytes:
        raise PayloadTooLarge(f"a request body may have {max_bytes} bytes")
    return data


def parse_json(data: bytes, *, content_type: str, max_depth: int) -> Any:
    """The body's value.

    Raises UnsupportedMedia, MalformedBody, and InvalidInput for a text that no store can keep.
    """
    if content_type != "application/json":
        raise UnsupportedMedia("the body must be application/json; send that as its Content-Type")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedBody(f"the body is not UTF-8 (byte {error.start})") from None
    brackets = text.count("{") + text.count("[")
    if brackets > max_depth and _depth(text, max_depth) > max_depth:
        raise MalformedBody(f"the body is nested over {max_depth} levels deep")
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise MalformedBody(f"the body is not JSON: {error.msg} at {where}") from None
    except (ValueError, RecursionError) as error:
        raise MalformedBody(f"the body is not acceptable JSON: {error}") from None
    if "\\u" in text or "\x00" in text:
        _check_texts(value, "")
    return value


def _depth(text: str, enough: int) -> int:
    """The deepest nesting of brackets, looked for up to past `enough`; nothing is built."""
    depth = deepest = 0
    for token in BRACKETS.finditer(text):
        run = token[0]
        if run[0] == '"':
            continue
        depth += len(run) if run[0] in "[{" else -len(run)
        deepest = max(deepest, depth)
        if deepest > enough:
            break
    return deepest


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"the key {name[:80]!r} stands twice in an object")
            seen.add(name)
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:40]} is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant, parse_float=_float)


def _check_texts(value: Any, at: str) -> None:
    stack = [(at, value)]
    while stack:
        pointer, current = stack.pop()
        if isinstance(current, str):
            _check_text(current, pointer)
        elif isinstance(current, dict):
            for name, inner in current.items():
                _check_text(name, pointer)
                stack.append((f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", inner))
        elif isinstance(current, list):
            stack += [(f"{pointer}/{index}", inner) for index, inner in enumerate(current)]


def _check_text(text: str, pointer: str) -> None:
    if "\x00" in text:
        raise InvalidInput("a text cannot be stored", [FieldError(pointer, "holds a NUL")])
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidInput(
            "a text cannot be stored", [FieldError(pointer, "holds a lone surrogate")]
        )
