"""Puts right what a checker finds wrong: takes a value away, or another one instead."""

import copy
from typing import Any

from schemas.json_schema.validate import Checker

MAX_ROUNDS = 30
MISSING: Any = object()


def repaired(value: Any, plain: Any, checker: Checker) -> tuple[Any, int]:
    """The value with wrong parts removed or taken from `plain`, and how many errors are left."""
    errors = checker.errors(value)
    for _ in range(MAX_ROUNDS):
        if not errors:
            break
        better = _step(value, plain, errors[0].pointer, len(errors), checker)
        if better is None:
            break
        value, errors = better, checker.errors(better)
    return value, len(errors)


def _step(value: Any, plain: Any, pointer: str, count: int, checker: Checker) -> Any:
    """The first change at or above a pointer that leaves fewer errors, or None."""
    path = [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]
    for length in range(len(path), -1, -1):
        for other in (MISSING, _at(plain, path[:length])):
            changed = _changed(value, path[:length], other)
            if changed is not MISSING and len(checker.errors(changed)) < count:
                return changed
    return None


def _at(value: Any, path: list[str]) -> Any:
    for step in path:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value


def _changed(value: Any, path: list[str], other: Any) -> Any:
    """A copy with another value at a path, or with none there; MISSING when that cannot be."""
    if not path:
        return copy.deepcopy(other) if other is not MISSING else MISSING
    value = copy.deepcopy(value)
    parent, last = _at(value, path[:-1]), path[-1]
    if isinstance(parent, dict) and (last in parent or other is not MISSING):
        if other is MISSING:
            del parent[last]
        else:
            parent[last] = copy.deepcopy(other)
        return value
    if isinstance(parent, list) and last.isdigit() and int(last) < len(parent):
        parent[int(last) : int(last) + 1] = [] if other is MISSING else [copy.deepcopy(other)]
        return value
    return MISSING
