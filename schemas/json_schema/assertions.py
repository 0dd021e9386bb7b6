"""The keywords that `jsonschema` checks in ways that can hang or be wrong, done otherwise.

Patterns run on RE2; uniqueItems is linear; multipleOf is exact (19.99 is a multiple of 0.01);
each keyword counts its work against a budget, so a schema and an instance that double each
other's work end in an error and not in an hour.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any
from urllib.parse import quote

import re2

from schemas.json_schema.library import (
    Draft202012Validator,
    FormatChecker,
    FormatError,
    ValidationError,
)
from schemas.json_schema.limits import MAX_REPORTED, compile_pattern

Errors = Iterator[ValidationError]
Keyword = Callable[[Any, Any, Any, Any], Errors]
ASCII = bytes(range(128)).decode()
MAX_TOLD = 50  # values of an enum
MAX_FORMATTED = 2_000  # characters of a text that is held against a format
# The grammar of these takes seconds: they are checked as URIs, percent-encoded.
AS_URI = {"iri": "uri", "iri-reference": "uri-reference"}
FORMATS = FormatChecker([])  # made by names, it would hold draft 3's meanings, as of `time`
FORMATS.checkers = {
    name: check
    for name, check in Draft202012Validator.FORMAT_CHECKER.checkers.items()
    if name != "regex"
}


class Exhausted(Exception):
    """The check took more steps than it may."""


class Budget(threading.local):
    """The steps that this thread's check may still take."""

    left = 0


BUDGET = Budget()


def counted(keyword: Keyword) -> Keyword:
    """The keyword, paying for its work: one step, and more for what is long, and for errors."""

    def paying(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
        pay(1)
        for part in (value, instance):
            if isinstance(part, str | list | dict):
                pay(len(part) >> 6)
        for error in keyword(validator, value, instance, schema) or ():
            pay(2)  # an error takes twice as long as a step
            yield error

    return paying


def pay(steps: int) -> None:
    """Raises Exhausted when there is nothing left of the budget."""
    BUDGET.left -= steps
    if BUDGET.left < 0:
        raise Exhausted


def matches(pattern: str, text: str) -> bool:
    try:
        return compile_pattern(pattern).search(text) is not None
    except (re2.error, UnicodeError):  # a lone surrogate matches nothing
        return False


def pattern(validator: Any, wanted: str, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, str) and not matches(wanted, instance):
        yield ValidationError(f"{short(instance)} does not match {wanted!r}")


def pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Any
) -> Errors:
    if not isinstance(instance, dict):
        return
    for wanted, subschema in patterns.items():
        pay(len(instance) >> 2)
        for name, value in instance.items():
            if matches(wanted, name):
                yield from validator.descend(value, subschema, path=name, schema_path=wanted)


def additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, dict) or allowed is True:
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    pay(len(instance) * len(patterns) >> 2)
    for name in instance:
        if name in known or any(matches(wanted, name) for wanted in patterns):
            continue
        if isinstance(allowed, dict):
            yield from validator.descend(instance[name], allowed, path=name)
        else:
            yield ValidationError(f"unexpected property {short(name)}")


def unique_items(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if not wanted or not isinstance(instance, list):
        return
    seen: dict[Any, int] = {}
    for index, item in enumerate(instance):
        first = seen.setdefault(identity(item), index)
        if first != index:
            yield ValidationError(f"items {first} and {index} are the same")
            return


def identity(value: Any) -> Any:
    """Hashable; equal for values that JSON Schema takes as equal: 1 and 1.0, not 1 and true."""
    if isinstance(value, list):
        return ("list", *map(identity, value))
    if isinstance(value, dict):
        return ("dict", frozenset((key, identity(child)) for key, child in value.items()))
    return (isinstance(value, bool), value)


def required(validator: Any, names: list[str], instance: Any, schema: Any) -> Errors:
    if isinstance(instance, dict):
        for name in islice((n for n in names if n not in instance), MAX_REPORTED):
            yield ValidationError(f"{name!r} is a required property")


def enum(validator: Any, values: list[Any], instance: Any, schema: Any) -> Errors:
    # What Python takes as equal JSON may not: true is 1. What it does not, neither does JSON.
    at = -1
    with contextlib.suppress(ValueError):
        while True:
            at = values.index(instance, at + 1)
            if identity(values[at]) == identity(instance):
                return
    told = repr(values) if len(values) <= MAX_TOLD else f"{repr(values[:MAX_TOLD])[:-1]}, ...]"
    yield ValidationError(f"{instance!r} is not one of {told}")


def multiple_of(validator: Any, factor: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, int | float) or isinstance(instance, bool):
        return
    if (_exact(instance) / _exact(factor)).denominator != 1:
        yield ValidationError(f"{instance} is not a multiple of {factor}")


def _exact(number: int | float) -> Fraction:
    return Fraction(number) if isinstance(number, int) else Fraction(Decimal(repr(number)))


def asserted_format(validator: Any, name: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, str):
        return
    if len(instance) > MAX_FORMATTED:
        if name in FORMATS.checkers:
            yield ValidationError(f"{short(instance)} is too long to be a {name!r}")
        return
    try:
        if name in AS_URI:
            FORMATS.check(quote(instance, safe=ASCII), AS_URI[name])
        else:
            FORMATS.check(instance, name)
    except (FormatError, UnicodeError):
        yield ValidationError(f"{short(instance)} is not a {name!r}")


def short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


KEYWORDS: dict[str, Keyword] = {
    name: counted(keyword)
    for name, keyword in {
        **Draft202012Validator.VALIDATORS,
        "pattern": pattern,
        "patternProperties": pattern_properties,
        "additionalProperties": additional_properties,
        "uniqueItems": unique_items,
        "multipleOf": multiple_of,
        "enum": enum,
        "required": required,
        "format": asserted_format,
    }.items()
}
