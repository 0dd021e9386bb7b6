"""Finds what is wrong with a client's schema before any model is asked.

Works on the schema as data: nothing is fetched, every walk is bounded, and nothing is raised.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import re2
from jsonschema import Draft202012Validator

from schemas.json_schema.contradictions import contradictions
from schemas.json_schema.limits import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    MAX_PATTERN,
    MAX_REPORTED,
    compile_pattern,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
SINGLES = (
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
)
SAME_INSTANCE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else")
INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
UNSUPPORTED = ("$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault: where in the schema (JSON Pointer), a stable code, and what."""

    pointer: str
    code: str
    detail: str


def escape(name: object) -> str:
    """One step of a JSON Pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


def lint_schema(schema: object) -> list[Finding]:
    """Everything wrong with `schema`, at most 50 findings; empty when it may be used."""
    if not isinstance(schema, dict):
        return [_finding("", "not_an_object", "the schema must be a JSON object")]
    if too_big := _size(schema):
        return [too_big]
    findings: list[Finding] = []
    for pointer, node in walk(schema):
        findings += _node(node, pointer, schema)
        if len(findings) >= MAX_REPORTED:
            return findings[:MAX_REPORTED]
    if not findings:
        findings = _meta(schema) or _cycles(schema)
    return findings[:MAX_REPORTED]


def walk(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema with its pointer; never into instance data such as `const` or `enum`."""
    stack: list[tuple[str, Any]] = [("", schema)]
    while stack:
        pointer, node = stack.pop()
        if not isinstance(node, dict):
            continue
        yield pointer, node
        stack += [(f"{pointer}/{step}", child) for step, child in children(node)]


def children(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The subschemas right below a node, with the steps to them."""
    for key in MAPS:
        if isinstance(node.get(key), dict):
            for name, child in node[key].items():
                yield f"{key}/{escape(name)}", child
    for key in LISTS:
        if isinstance(node.get(key), list):
            for index, child in enumerate(node[key]):
                yield f"{key}/{index}", child
    for key in SINGLES:
        if isinstance(node.get(key), dict):
            yield key, node[key]


def resolve(root: dict[str, Any], reference: str) -> Any:
    """What a local `#/...` reference points to. Raises LookupError."""
    node: Any = root
    for raw in reference[2:].split("/") if reference != "#" else ():
        step = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and INDEX.fullmatch(step) and int(step) < len(node):
            node = node[int(step)]
        elif isinstance(node, dict) and step in node:
            node = node[step]
        else:
            raise LookupError(reference)
    return node


def _finding(pointer: str, code: str, detail: str) -> Finding:
    return Finding(pointer=pointer, code=code, detail=detail)


def _size(schema: dict[str, Any]) -> Finding | None:
    nodes = 0
    stack: list[tuple[Any, int]] = [(schema, 1)]
    while stack:
        value, depth = stack.pop()
        nodes += 1
        if depth > MAX_DEPTH * 2:
            return _finding("", "too_deep", f"the schema is nested over {MAX_DEPTH} levels deep")
        if nodes > MAX_NODES * 10:
            return _finding("", "too_large", "the schema has too many values")
        inner: Any = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict | list):
            stack += [(child, depth + 1) for child in inner]
    try:
        text = json.dumps(schema, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        return _finding("", "not_json", "the schema has a value that is not JSON")
    if len(text) > MAX_BYTES:
        return _finding("", "too_large", f"the schema has over {MAX_BYTES} bytes")
    for count, (pointer, _) in enumerate(walk(schema)):
        if count >= MAX_NODES:
            return _finding("", "too_large", f"the schema has over {MAX_NODES} subschemas")
        if pointer.count("/") > MAX_DEPTH * 2:
            return _finding(pointer, "too_deep", f"nested over {MAX_DEPTH} levels deep")
    return None


def _node(node: dict[str, Any], at: str, root: dict[str, Any]) -> Iterator[Finding]:
    dialect = node.get("$schema")
    if dialect is not None and str(dialect).rstrip("#") != DIALECT:
        yield _finding(f"{at}/$schema", "unknown_dialect", f"only {DIALECT} is supported")
    if at and "$id" in node:
        yield _finding(f"{at}/$id", "nested_id", "$id may stand at the root only")
    for key in UNSUPPORTED:
        if key in node:
            yield _finding(f"{at}/{key}", "unsupported_keyword", f"{key} is not supported")
    if "$ref" in node:
        yield from _reference(node["$ref"], f"{at}/$ref", root)
    if isinstance(node.get("pattern"), str):
        yield from _pattern(node["pattern"], f"{at}/pattern")
    if isinstance(node.get("patternProperties"), dict):
        for pattern in node["patternProperties"]:
            yield from _pattern(pattern, f"{at}/patternProperties/{escape(pattern)}")
    for key, code, detail in contradictions(node):
        yield _finding(f"{at}/{key}" if key else at, code, detail)


def _reference(reference: Any, at: str, root: dict[str, Any]) -> Iterator[Finding]:
    if not isinstance(reference, str):
        yield _finding(at, "bad_ref", "$ref must be a text")
    elif reference != "#" and not reference.startswith("#/"):
        yield _finding(at, "remote_ref", "only local references (#/...) are allowed")
    else:
        try:
            target = resolve(root, reference)
        except LookupError:
            yield _finding(at, "unresolvable_ref", f"{reference!r} points to nothing")
        else:
            if not isinstance(target, dict | bool):
                yield _finding(at, "bad_ref", f"{reference!r} does not point to a schema")


def _pattern(pattern: str, at: str) -> Iterator[Finding]:
    if len(pattern) > MAX_PATTERN:
        yield _finding(at, "pattern_too_long", f"a pattern may have {MAX_PATTERN} characters")
        return
    try:
        compile_pattern(pattern)
    except (re2.error, UnicodeError) as error:
        why = error.args[0] if error.args else "unknown"
        why = why.decode() if isinstance(why, bytes) else why
        detail = f"not a pattern that a linear-time engine (RE2) accepts: {why}"
        yield _finding(at, "unsafe_pattern", detail)


def _meta(schema: dict[str, Any]) -> list[Finding]:
    errors = []
    try:
        for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
            pointer = "".join(f"/{escape(step)}" for step in error.absolute_path)
            errors.append(_finding(pointer, "invalid_schema", error.message[:300]))
            if len(errors) >= MAX_REPORTED:
                break
    except RecursionError:
        errors.append(_finding("", "too_deep", "the schema is nested too deep"))
    return errors


def _cycles(root: dict[str, Any]) -> list[Finding]:
    """A $ref that leads back to itself without a step into the instance never ends."""
    for pointer, node in walk(root):
        seen: set[int] = set()
        stack: list[Any] = [node]
        while stack:
            current = stack.pop()
            for target in _same_instance(current, root):
                if target is node:
                    detail = "the schema refers to itself without a property or item in between"
                    return [_finding(pointer, "endless_ref", detail)]
                if id(target) not in seen:
                    seen.add(id(target))
                    stack.append(target)
    return []


def _same_instance(node: Any, root: dict[str, Any]) -> Iterator[Any]:
    if not isinstance(node, dict):
        return
    if isinstance(node.get("$ref"), str):
        yield resolve(root, node["$ref"])
    for key in SAME_INSTANCE:
        value = node.get(key)
        if isinstance(value, list):
            yield from value
        elif isinstance(value, dict):
            yield value
