"""JSON Pointers (RFC 6901) into a schema, and the walk over its subschemas."""

import re
from collections.abc import Container, Iterator
from typing import Any
from urllib.parse import unquote

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
INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def escape(name: object) -> str:
    """One step of a JSON Pointer."""
    return str(name).replace("~", "~0").replace("/", "~1")


def steps(pointer: str) -> list[str]:
    """The steps of a JSON Pointer, decoded; none for the whole value."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def children(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The subschemas right below a node, with the steps to them; never instance data."""
    for key in MAPS:
        if isinstance(node.get(key), dict):
            for name, child in node[key].items():
                yield f"{key}/{escape(name)}", child
    for key in LISTS:
        if isinstance(node.get(key), list):
            for index, child in enumerate(node[key]):
                yield f"{key}/{index}", child
    for key in SINGLES:
        if isinstance(node.get(key), dict | bool):
            yield key, node[key]


def walk(schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema that is an object, with its pointer; parents before children."""
    for pointer, node, _ in walk_deep(schema):
        if isinstance(node, dict):
            yield pointer, node


def walk_deep(schema: Any) -> Iterator[tuple[str, Any, int]]:
    """Every subschema with its pointer and its depth (the root's is 0)."""
    yield "", schema, 0
    # Pointers are made one by one: all at once those below a long name take gigabytes.
    stack = [("", children(schema))] if isinstance(schema, dict) else []
    while stack:
        above, rest = stack[-1]
        step, node = next(rest, ("", None))
        if not step:
            stack.pop()
            continue
        pointer = f"{above}/{step}"
        yield pointer, node, len(stack)
        if isinstance(node, dict):
            stack.append((pointer, children(node)))


def steps_of(reference: str) -> list[str]:
    """The steps of a local `#/...` reference, decoded."""
    raw = unquote(reference[1:]).split("/")[1:]
    return [step.replace("~1", "/").replace("~0", "~") for step in raw]


def resolve(root: dict[str, Any], reference: str) -> Any:
    """What a local `#/...` reference points to. Raises LookupError."""
    node: Any = root
    for step in steps_of(reference):
        if isinstance(node, list) and INDEX.fullmatch(step) and int(step) < len(node):
            node = node[int(step)]
        elif isinstance(node, dict) and step in node:
            node = node[step]
        else:
            raise LookupError(reference)
    return node


def definition_name(reference: str, taken: Container[str]) -> str:
    """A name in `$defs` for what a reference points at, unlike those that are taken."""
    last = (steps_of(reference) or ["root"])[-1]
    base = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in last)
    name, turn = base[:60] or "part", 1
    while name in taken:
        turn += 1
        name = f"{base[:60]}_{turn}"
    return name
