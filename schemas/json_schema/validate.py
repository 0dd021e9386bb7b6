"""Checks an instance against a schema: JSON Schema 2020-12, formats asserted, nothing fetched."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import referencing
import referencing.exceptions
import referencing.jsonschema

from schemas.json_schema.assertions import BUDGET, KEYWORDS, Exhausted
from schemas.json_schema.library import (
    Draft202012Validator,
    ValidationError,
    best_match,
    extend,
)
from schemas.json_schema.limits import MAX_JSON_DEPTH, MAX_REPORTED, json_depth
from schemas.json_schema.pointers import escape, walk
from schemas.kept import Kept

MOST_KEPT = 128 << 20  # bytes of checkers that a process keeps
TIMES = 8  # a checker takes about so many times its schema's text (measured)
MIN_STEPS = 200_000  # one keyword on one value is a step; some 200,000 take a second
STEPS_PER_VALUE = 100
UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")


@dataclass(frozen=True, kw_only=True)
class SchemaError:
    """One fault of an instance: where (JSON Pointer) and what."""

    pointer: str
    detail: str


def _refuse(uri: str) -> Any:
    raise referencing.exceptions.NoSuchResource(ref=uri)  # type: ignore[call-arg]


_REGISTRY: referencing.Registry[Any] = referencing.Registry(  # type: ignore[call-arg]
    retrieve=_refuse
)
_Validator = extend(Draft202012Validator, KEYWORDS)  # type: ignore[no-untyped-call]


class Checker:
    """A schema made ready. Safe for threads."""

    def __init__(self, schema: Mapping[str, Any] | bool) -> None:
        self._unsafe = _unsafe(schema)
        if isinstance(schema, Mapping):  # 2020-12 whatever it says; `$schema` would be looked up
            schema = {key: value for key, value in schema.items() if key != "$schema"}
        self._validator = _Validator(schema, registry=_REGISTRY)

    def errors(self, instance: Any) -> list[SchemaError]:
        """At most 50 faults, by pointer; never raises, never takes long."""
        if self._unsafe:
            return [SchemaError(pointer="", detail=self._unsafe)]
        if json_depth(instance, MAX_JSON_DEPTH):
            return [SchemaError(pointer="", detail=f"nested over {MAX_JSON_DEPTH} levels deep")]
        BUDGET.left = MIN_STEPS + STEPS_PER_VALUE * _weight(instance)
        found: list[SchemaError] = []
        try:
            for error in self._validator.iter_errors(instance):
                found.append(_plain(error))
                if len(found) >= MAX_REPORTED:
                    break
        except Exhausted:
            found.append(SchemaError(pointer="", detail="takes too long to be checked"))
        except RecursionError:
            found.append(SchemaError(pointer="", detail="is nested too deep to be checked"))
        except referencing.exceptions.Unresolvable as error:
            found.append(SchemaError(pointer="", detail=f"the schema cannot be resolved: {error}"))
        except Exception as error:  # a schema that was not linted may hold anything
            detail = f"cannot be checked: {type(error).__name__}: {error}"[:500]
            found.append(SchemaError(pointer="", detail=detail))
        return sorted(found, key=lambda e: e.pointer)


def _unsafe(schema: Any) -> str:
    """`jsonschema` runs patternProperties on Python's `re` to find what is unevaluated."""
    nodes = [node for _, node in walk(schema)]
    if any("patternProperties" in node for node in nodes):
        for keyword in UNEVALUATED:
            if any(keyword in node for node in nodes):
                return f"{keyword} together with patternProperties is not supported"
    return ""


def _weight(instance: Any) -> int:
    """How much there is to check: its values, long texts counting for more."""
    weight, stack = 0, [instance]
    while stack:
        value = stack.pop()
        weight += 1
        if isinstance(value, str):
            weight += len(value) >> 6
        elif isinstance(value, dict):
            stack += value.values()
        elif isinstance(value, list):
            stack += value
    return weight


def _plain(error: ValidationError) -> SchemaError:
    detail = error.message
    if error.validator == "required":
        detail = detail.replace(" is a required property", " is required")
    if error.context:  # of a failed oneOf or anyOf, the branch that came furthest
        best = best_match([error])
        inner = "".join(f"/{escape(step)}" for step in best.absolute_path)
        detail = f"satisfies no alternative; nearest: {best.message} (at {inner or '/'})"
    pointer = "".join(f"/{escape(step)}" for step in error.absolute_path)
    return SchemaError(pointer=pointer, detail=detail[:500])


_kept: Kept[bytes, Checker] = Kept(MOST_KEPT)


def checker_for(schema: Mapping[str, Any]) -> Checker:
    """The checker of a schema, kept for the next time."""
    text = json.dumps(schema, sort_keys=True)
    digest = sha256(text.encode()).digest()
    found = _kept.get(digest)
    if found is None:
        found = Checker(json.loads(text))
        _kept.put(digest, found, TIMES * len(text))
    return found
