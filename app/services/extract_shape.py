"""Holds what a client sent against a pipeline's own schema, field by field."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from app.errors import FieldError, InvalidInput
from app.services.extract_fields import EXTRACT_INPUT
from app.services.pictures import picture_faults
from schemas.json_schema.quick import quick
from schemas.json_schema.validate import checker_for

MAX_REPORTED = 50
PARTLY = {key: value for key, value in EXTRACT_INPUT.items() if key != "required"}
_tests: dict[int, Callable[[Any], bool]] = {}  # of the same, and as long
_relaxed: dict[int, dict[str, Any]] = {}  # of the pipelines' own schemas, which live for ever


def check_partly(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is there of an input, none of it required, as it is meant. Raises InvalidInput."""
    faults = check_input(given, PARTLY)
    if faults:
        raise InvalidInput("the input is not one of extract's", faults[:MAX_REPORTED])
    return whole(given, PARTLY)


def whole(given: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same with its integers as such: to JSON Schema 5.0 is one, to `range` it is none."""
    changed: dict[str, Any] = {}
    for name, value in given.items():
        field = schema["properties"].get(name, {})
        if isinstance(value, float) and field.get("type") == "integer" and value.is_integer():
            changed[name] = int(value)
        elif isinstance(value, dict) and "properties" in field:
            changed[name] = whole(value, field)
    return {**given, **changed} if changed else given


def check_input(given: Any, schema: dict[str, Any]) -> list[FieldError]:
    """Faults of a job's input, its pictures looked at too."""
    faults = check_shape(given, schema, "/input")
    if not any(f.pointer.startswith("/input/images") for f in faults):
        faults += picture_faults(given.get("images", ()), "/input/images")
    return faults


def check_shape(given: Any, schema: dict[str, Any], at: str) -> list[FieldError]:
    """Unknown, missing and wrong fields; pointers begin with `at`."""
    if _quick(schema)(given):
        return []
    known = list(schema["properties"])
    faults = []
    if isinstance(given, dict):
        for name in [name for name in given if name not in known][:MAX_REPORTED]:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
            escaped = name.replace("~", "~0").replace("/", "~1")
            faults.append(FieldError(f"{at}/{escaped}", f"unknown field{hint}"))
        missing = [name for name in schema.get("required", ()) if name not in given]
        faults += [FieldError(f"{at}/{name}", "is required") for name in missing]
        given = {name: given[name] for name in known if name in given}
        schema = _without_required(schema)
    errors = checker_for(schema).errors(given)
    return faults + [FieldError(f"{at}{e.pointer}", e.detail) for e in errors]


def _quick(schema: dict[str, Any]) -> Callable[[Any], bool]:
    found = _tests.get(id(schema))
    if found is None:
        found = _tests.setdefault(id(schema), quick(schema))
    return found


def _without_required(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without what was checked already, so that the fault is the field's own."""
    return _relaxed.setdefault(id(schema), {k: v for k, v in schema.items() if k != "required"})
