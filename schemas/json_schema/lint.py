"""Finds what is wrong with a client's schema before any model is asked.

Works on the schema as data: nothing is fetched, every walk is bounded, and nothing is raised.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import re2

from schemas.json_schema.contradictions import Types, contradictions
from schemas.json_schema.keywords import misshapen
from schemas.json_schema.limits import (
    MAX_BYTES,
    MAX_COST,
    MAX_DEPTH,
    MAX_INSTRUCTIONS,
    MAX_JSON_DEPTH,
    MAX_NODES,
    MAX_PATTERN,
    MAX_PATTERNS,
    MAX_POINTERS,
    MAX_REPORTED,
    compile_pattern,
    json_depth,
)
from schemas.json_schema.pointers import escape, resolve, walk, walk_deep
from schemas.json_schema.references import first_costly, first_endless, is_finite

DIALECT = "https://json-schema.org/draft/2020-12/schema"
UNSUPPORTED = (
    *("$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"),
    "dependencies",  # draft 7; dependentRequired and dependentSchemas since
)
UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
Nodes = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault: where in the schema (JSON Pointer), a stable code, and what."""

    pointer: str
    code: str
    detail: str


def lint_schema(schema: object) -> list[Finding]:
    """Everything wrong with `schema`, at most 50 findings; empty when it may be used."""
    if not isinstance(schema, dict):
        return [_finding("", "not_an_object", "the schema must be a JSON object")]
    found = _size(schema)
    if found is not None:
        return [found]
    nodes = list(walk(schema))
    # Each step may rely on what the one before it found to be in order.
    for step in (_shapes, _patterns, _references, _meanings):
        findings = []
        for finding in step(nodes, schema):
            findings.append(finding)
            if len(findings) >= MAX_REPORTED:
                break
        if findings:
            return findings
    return []


def _finding(pointer: str, code: str, detail: str) -> Finding:
    return Finding(pointer=pointer, code=code, detail=detail)


def _size(schema: dict[str, Any]) -> Finding | None:
    if json_depth(schema, MAX_JSON_DEPTH):
        return _finding("", "too_deep", f"nested over {MAX_JSON_DEPTH} levels deep")
    if _odd_key(schema):
        return _finding("", "not_json", "a key is not a text")
    try:
        text = json.dumps(schema, allow_nan=False, ensure_ascii=False)
        size = len(text.encode())
    except UnicodeEncodeError:
        return _finding("", "not_text", "a text holds half of a surrogate pair")
    except (ValueError, TypeError, RecursionError):
        return _finding("", "not_json", "a value is not JSON (NaN and Infinity are not)")
    if size > MAX_BYTES:
        return _finding("", "too_large", f"the schema has over {MAX_BYTES} bytes")
    if "\\u0000" in text and _has_nul(schema):
        return _finding("", "not_text", "a text holds a NUL character")
    characters = 0
    for count, (pointer, _, depth) in enumerate(walk_deep(schema)):
        characters += len(pointer)
        if count >= MAX_NODES:
            return _finding("", "too_large", f"the schema has over {MAX_NODES} subschemas")
        if characters > MAX_POINTERS:
            return _finding("", "too_large", "its subschemas lie under too long names")
        if depth > MAX_DEPTH:
            return _finding(pointer, "too_deep", f"nested over {MAX_DEPTH} levels deep")
    return None


def _odd_key(schema: Any) -> bool:
    objects = (value for value in _values(schema) if isinstance(value, dict))
    return not all(isinstance(key, str) for value in objects for key in value)


def _has_nul(schema: Any) -> bool:
    for value in _values(schema):
        if isinstance(value, str) and "\0" in value:
            return True
        if isinstance(value, dict) and any("\0" in key for key in value):
            return True
    return False


def _values(schema: Any) -> Iterator[Any]:
    """Every JSON value of the schema, however large it is: without pointers."""
    stack = [schema]
    while stack:
        value = stack.pop()
        yield value
        if isinstance(value, dict):
            stack += value.values()
        elif isinstance(value, list):
            stack += value


def _shapes(nodes: Nodes, root: dict[str, Any]) -> Iterator[Finding]:
    for at, node in nodes:
        for key, detail in misshapen(node):
            yield _finding(f"{at}/{key}", "invalid_schema", f"{key} {detail}")
        dialect = node.get("$schema")
        if isinstance(dialect, str) and dialect.rstrip("#") != DIALECT:
            yield _finding(f"{at}/$schema", "unknown_dialect", f"only {DIALECT} is supported")
        if at and "$id" in node:
            yield _finding(f"{at}/$id", "nested_id", "$id may stand at the root only")
        for key in UNSUPPORTED:
            if key in node:
                yield _finding(f"{at}/{key}", "unsupported_keyword", f"{key} is not supported")


def _patterns(nodes: Nodes, root: dict[str, Any]) -> Iterator[Finding]:
    seen: dict[str, int] = {}  # pattern -> its instructions
    named = any("patternProperties" in node for _, node in nodes)
    for at, node in nodes:
        found = [("pattern", node["pattern"])] if "pattern" in node else []
        found += [(f"patternProperties/{escape(p)}", p) for p in node.get("patternProperties", ())]
        for key, pattern in found:
            seen.setdefault(pattern, 0)
            if len(seen) > MAX_PATTERNS:
                yield _finding("", "too_large", f"over {MAX_PATTERNS} different patterns")
                return
            if why := _unsafe(pattern):
                yield _finding(f"{at}/{key}", "unsafe_pattern", why)
                continue
            seen[pattern] = compile_pattern(pattern).programsize
            if sum(seen.values()) > MAX_INSTRUCTIONS:
                yield _finding(f"{at}/{key}", "too_large", "the patterns together are too large")
                return
        for key in UNEVALUATED:
            if named and key in node:
                why = f"{key} is not supported together with patternProperties"
                yield _finding(f"{at}/{key}", "unsupported_keyword", why)


def _unsafe(pattern: str) -> str | None:
    if len(pattern) > MAX_PATTERN:
        return f"a pattern may have {MAX_PATTERN} characters"
    try:
        compile_pattern(pattern)
    except re2.error as error:
        why = error.args[0] if error.args else "unknown"
        why = why.decode(errors="replace") if isinstance(why, bytes) else why
        return f"not a pattern that a linear-time engine (RE2) accepts: {why}"
    return None


def _references(nodes: Nodes, root: dict[str, Any]) -> Iterator[Finding]:
    schemas = {id(node) for _, node in nodes}
    for at, node in nodes:
        if "$ref" in node and (fault := _reference(node["$ref"], root, schemas)):
            yield _finding(f"{at}/$ref", *fault)


def _reference(reference: Any, root: dict[str, Any], schemas: set[int]) -> tuple[str, str] | None:
    if not isinstance(reference, str):
        return "bad_ref", "$ref must be a text"
    if reference != "#" and not reference.startswith("#/"):
        return "remote_ref", "only local references (# and #/...) are allowed; nothing is fetched"
    try:
        target = resolve(root, reference)
    except LookupError:
        return "unresolvable_ref", f"{reference[:200]!r} points to nothing"
    if not isinstance(target, bool) and id(target) not in schemas:
        return "bad_ref", f"{reference[:200]!r} does not point to a schema"
    return None


def _meanings(nodes: Nodes, root: dict[str, Any]) -> Iterator[Finding]:
    if (at := first_endless(nodes, root)) is not None:
        detail = "the schema refers to itself without a property or item in between"
        yield _finding(at, "endless_ref", detail)
        return
    if (at := first_costly(nodes, root)) is not None:
        detail = (
            f"one value would be held against over {MAX_COST} subschemas,"
            f" or follow over {MAX_DEPTH} references"
        )
        yield _finding(at, "too_costly", detail)
        return
    types = Types(root)
    for at, node in nodes:
        for key, detail in (*contradictions(node), *filter(None, (types.fault(node),))):
            yield _finding(f"{at}/{key}", "contradiction", detail)
    if not is_finite(nodes, root):
        detail = "a property that is required needs itself again: no finite value satisfies it"
        yield _finding("", "endless_value", detail)
