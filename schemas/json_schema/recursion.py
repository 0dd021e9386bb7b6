"""Which definitions of a normal form come back to themselves, and how."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
PREFIX = "#/$defs/"


def recursive_names(defs: Schema) -> set[str]:
    """The definitions that lead back to themselves."""
    uses = {name: {used for used, _ in references(node)} for name, node in defs.items()}
    reached = {name: _reachable(name, uses) for name in defs}
    return {name for name in defs if name in reached[name]}


def unguarded(defs: Schema, names: set[str]) -> bool:
    """Whether a way back to itself passes through no optional property."""
    uses = {
        name: {used for used, optional in references(defs[name]) if not optional and used in names}
        for name in names
    }
    return any(name in _reachable(name, uses) for name in names)


def _reachable(name: str, uses: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    stack = list(uses[name])
    while stack:
        other = stack.pop()
        if other not in found:
            found.add(other)
            stack += uses[other]
    return found


def references(node: Any, optional: bool = False) -> Iterator[tuple[str, bool]]:
    """The definitions that a node refers to; and whether only inside an optional property."""
    if not isinstance(node, dict):
        return
    if "$ref" in node:
        yield node["$ref"].removeprefix(PREFIX), optional
    for branch in (*node.get("anyOf", ()), *node.get("prefixItems", ())):
        yield from references(branch, optional)
    for key in ("items", "additionalProperties"):
        yield from references(node.get(key), optional)
    for child in node.get("patternProperties", {}).values():
        yield from references(child, True)
    for name, child in node.get("properties", {}).items():
        yield from references(child, optional or name not in node.get("required", ()))
