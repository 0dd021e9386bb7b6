"""What a subschema says of how parts of its values go together. Needs a schema that lint passed."""

from collections.abc import Iterator
from typing import Any

from schemas.json_schema.pointers import resolve

Schema = dict[str, Any]
MAX_HOPS = 32  # references and alternatives inside one another
ALTERNATIVES = ("anyOf", "oneOf")


def is_tuple(root: Schema, node: Any) -> bool:
    """Whether places in a list have meanings of their own."""
    return any("prefixItems" in part for part in _same(root, node, MAX_HOPS))


def is_set(root: Schema, node: Any) -> bool:
    """Whether a list may hold a value only once."""
    return any(part.get("uniqueItems") is True for part in _same(root, node, MAX_HOPS))


def variant_names(root: Schema, node: Any) -> set[str]:
    """Properties whose constants tell the alternatives of an object apart."""
    found: set[str] = set()
    for part in _same(root, node, MAX_HOPS):
        for branch in (b for key in ALTERNATIVES for b in part.get(key, ())):
            for inner in _same(root, branch, MAX_HOPS):
                found |= {n for n, child in inner.get("properties", {}).items() if _fixed(child)}
    return found


def _fixed(child: Any) -> bool:
    return isinstance(child, dict) and ("const" in child or len(child.get("enum", ())) == 1)


def _same(root: Schema, node: Any, hops: int) -> Iterator[Schema]:
    """The subschemas that may speak of the value that `node` speaks of."""
    if not isinstance(node, dict) or hops < 0:
        return
    yield node
    if "$ref" in node:
        yield from _same(root, resolve(root, node["$ref"]), hops - 1)
    for key in ("allOf", *ALTERNATIVES):
        for part in node.get(key, ()):
            yield from _same(root, part, hops - 1)
