"""Checks an instance against a schema: JSON Schema 2020-12, formats asserted, nothing fetched."""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import re2
import referencing
import referencing.exceptions
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from schemas.json_schema.limits import MAX_REPORTED, compile_pattern
from schemas.json_schema.lint import escape

CACHED = 512  # checkers kept in a process


@dataclass(frozen=True, kw_only=True)
class SchemaError:
    """One fault of an instance: where (JSON Pointer) and what."""

    pointer: str
    detail: str


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _search(pattern, instance):
        yield ValidationError(f"{_short(instance)} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, subschema in patterns.items():
        for name, value in instance.items():
            if _search(pattern, name):
                yield from validator.descend(value, subschema, path=name, schema_path=pattern)


def _additional(
    validator: Any, allowed: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name in instance:
        if name in known or any(_search(pattern, name) for pattern in patterns):
            continue
        if isinstance(allowed, dict):
            yield from validator.descend(instance[name], allowed, path=name)
        elif allowed is False:
            yield ValidationError(f"unexpected property {name!r}")


def _search(pattern: str, text: str) -> bool:
    try:
        return compile_pattern(pattern).search(text) is not None
    except (re2.error, UnicodeError):
        return False


def _refuse(uri: str) -> Any:
    raise referencing.exceptions.NoSuchResource(ref=uri)  # type: ignore[call-arg]


_REGISTRY: referencing.Registry[Any] = referencing.Registry(  # type: ignore[call-arg]
    retrieve=_refuse
)
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional,
    },
)
FORMATS = FormatChecker([f for f in Draft202012Validator.FORMAT_CHECKER.checkers if f != "regex"])


class Checker:
    """A compiled schema. Safe for threads."""

    def __init__(self, schema: Mapping[str, Any] | bool) -> None:
        self._validator = _Validator(schema, registry=_REGISTRY, format_checker=FORMATS)

    def errors(self, instance: Any) -> list[SchemaError]:
        """At most 50 faults, by pointer; never raises."""
        found: list[SchemaError] = []
        try:
            for error in self._validator.iter_errors(instance):
                found.append(_plain(error))
                if len(found) >= MAX_REPORTED:
                    break
        except RecursionError:
            found.append(SchemaError(pointer="", detail="is nested too deep to be checked"))
        except referencing.exceptions.Unresolvable as error:
            found.append(SchemaError(pointer="", detail=f"the schema cannot be resolved: {error}"))
        except (OverflowError, ValueError, TypeError) as error:
            found.append(SchemaError(pointer="", detail=f"cannot be checked: {error}"))
        return sorted(found, key=lambda e: e.pointer)


def _plain(error: ValidationError) -> SchemaError:
    best = error
    while best.context:  # of a failed oneOf or anyOf, the branch that came furthest
        best = max(best.context, key=lambda e: (len(e.absolute_path), e.validator != "type"))
    pointer = "".join(f"/{escape(step)}" for step in error.absolute_path)
    detail = error.message
    if error.validator == "required":
        detail = detail.replace(" is a required property", " is required")
    if best is not error:
        inner = "".join(f"/{escape(step)}" for step in best.absolute_path)
        detail = f"satisfies no alternative; nearest: {best.message} (at {inner or '/'})"
    return SchemaError(pointer=pointer, detail=detail[:500])


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


@functools.lru_cache(maxsize=CACHED)
def _cached(text: str) -> Checker:
    return Checker(json.loads(text))


def checker_for(schema: Mapping[str, Any]) -> Checker:
    """The checker of a schema, kept for the next time."""
    return _cached(json.dumps(schema))
