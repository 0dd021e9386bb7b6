"""Follows a schema's local references: what leads nowhere, never ends, or costs too much."""

from collections.abc import Iterator
from typing import Any

from schemas.json_schema.limits import MAX_COST, MAX_DEPTH
from schemas.json_schema.pointers import resolve

SAME_VALUE_LISTS = ("allOf", "anyOf", "oneOf")
SAME_VALUE = ("not", "if", "then", "else")
MAX_PASSES = 64

Schema = dict[str, Any]


def same_value(node: Any, root: Schema) -> Iterator[Any]:
    """The subschemas that hold for the very value that `node` holds for."""
    if not isinstance(node, dict):
        return
    if isinstance(node.get("$ref"), str):
        yield resolve(root, node["$ref"])
    for key in SAME_VALUE_LISTS:
        yield from node.get(key, ())
    for key in SAME_VALUE:
        if key in node:
            yield node[key]
    yield from node.get("dependentSchemas", {}).values()


def first_endless(nodes: list[tuple[str, Schema]], root: Schema) -> str | None:
    """The pointer of a subschema that leads back to itself without a step into the value."""
    done: set[int] = set()
    for pointer, start in nodes:
        if id(start) in done:
            continue
        path: list[tuple[Any, Iterator[Any]]] = [(start, same_value(start, root))]
        open_nodes = {id(start)}
        while path:
            node, rest = path[-1]
            target = next(rest, None)
            if target is None:
                path.pop()
                open_nodes.discard(id(node))
                done.add(id(node))
            elif isinstance(target, dict) and id(target) in open_nodes:
                return pointer
            elif isinstance(target, dict) and id(target) not in done:
                open_nodes.add(id(target))
                path.append((target, same_value(target, root)))
    return None


def first_costly(nodes: list[tuple[str, Schema]], root: Schema) -> str | None:
    """The pointer of a subschema whose check of one value takes over MAX_COST subschemas.

    References that double at each level look small and cost 2^n; those that only lead on, over
    MAX_DEPTH of them, exhaust the stack. Needs a schema without endless references.
    """
    costs: dict[int, int] = {}
    heights: dict[int, int] = {}
    for pointer, start in nodes:
        stack = [start]
        while stack:
            node = stack[-1]
            targets = [t for t in same_value(node, root) if isinstance(t, dict)]
            missing = [t for t in targets if id(t) not in costs]
            if missing:
                stack += missing
                continue
            costs[id(node)] = min(MAX_COST + 1, 1 + sum(costs[id(t)] for t in targets))
            heights[id(node)] = 1 + max((heights[id(t)] for t in targets), default=0)
            stack.pop()
        if costs[id(start)] > MAX_COST or heights[id(start)] > MAX_DEPTH:
            return pointer
    return None


def is_finite(nodes: list[tuple[str, Schema]], root: Schema) -> bool:
    """Whether some finite value can satisfy the root; unsure counts as yes."""
    good: set[int] = set()
    for _ in range(MAX_PASSES):
        before = len(good)
        for _, node in reversed(nodes):
            if id(node) not in good and _finite(node, root, good):
                good.add(id(node))
        if id(root) in good:
            return True
        if len(good) == before:
            return False
    return True


def _finite(node: Schema, root: Schema, good: set[int]) -> bool:
    def known(child: Any) -> bool:
        return child is True or (isinstance(child, dict) and id(child) in good)

    if "$ref" in node and not known(resolve(root, node["$ref"])):
        return False
    if not all(map(known, node.get("allOf", ()))):
        return False
    if any(key in node and not any(map(known, node[key])) for key in ("anyOf", "oneOf")):
        return False
    if "const" in node or "enum" in node:
        return True
    kinds = node.get("type", "any")
    if kinds not in ("object", "array", ["object"], ["array"]):
        return True
    if kinds in ("array", ["array"]):
        needed = node.get("prefixItems", ())[: int(node.get("minItems", 0))]
        rest = node.get("minItems", 0) > len(node.get("prefixItems", ()))
        return all(map(known, needed)) and (not rest or known(node.get("items", True)))
    properties = node.get("properties", {})
    return all(known(properties[name]) for name in node.get("required", ()) if name in properties)
