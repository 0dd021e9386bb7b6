"""Bounds that no value can meet, found in one subschema by itself and in what it refers to."""

import math
from collections.abc import Iterator
from typing import Any

from schemas.json_schema.references import same_value

PAIRS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
MAX_COUNT = 1_000_000
MAX_HOPS = 8  # references followed to find the types of a value
COUNTS = ("minLength", "minItems", "minProperties", "minContains")
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
Fault = tuple[str, str]  # keyword, detail


def contradictions(node: dict[str, Any]) -> Iterator[Fault]:
    """Each contradiction of a well-formed subschema by itself: (keyword, detail)."""
    yield from _bounds(node)
    yield from _range(node)
    yield from _values(node)
    yield from _properties(node)
    yield from _items(node)


def _bounds(node: dict[str, Any]) -> Iterator[Fault]:
    for low, high in PAIRS:
        if low in node and high in node and node[low] > node[high]:
            yield low, f"{low} {node[low]} is over {high} {node[high]}"
    if "contains" in node and node.get("minContains", 1) > node.get("maxContains", math.inf):
        yield "minContains", "minContains (1 unless given) is over maxContains"
    for key in COUNTS:
        if node.get(key, 0) > MAX_COUNT:
            yield key, f"{key} may be {MAX_COUNT} at most"


def _range(node: dict[str, Any]) -> Iterator[Fault]:
    above, below = node.get("exclusiveMinimum", -math.inf), node.get("exclusiveMaximum", math.inf)
    low, high = node.get("minimum", -math.inf), node.get("maximum", math.inf)
    if "exclusiveMinimum" in node and above >= min(below, high):
        yield "exclusiveMinimum", f"no number lies over {above} and under {min(below, high)}"
    elif "exclusiveMaximum" in node and low >= below:
        yield "exclusiveMaximum", f"no number from {low} on is under {below}"
    elif node.get("type") == "integer" and not _holds_integer(max(low, above), min(high, below)):
        yield "type", f"no integer lies between {max(low, above)} and {min(high, below)}"


def _holds_integer(low: float, high: float) -> bool:
    """Whether an integer lies in [low, high]; open ends are told apart by _range."""
    if math.inf in (abs(low), abs(high)):
        return True
    return math.ceil(low) <= math.floor(high)


def _values(node: dict[str, Any]) -> Iterator[Fault]:
    if node.get("enum") == []:
        yield "enum", "enum has no value, so nothing satisfies it"
    kinds = _kinds(node)
    if kinds == []:
        yield "type", "type is empty, so nothing satisfies it"
    if not kinds:
        return
    if "const" in node and not _is_one(node["const"], kinds):
        yield "const", f"const is not of type {' or '.join(kinds)}"
    values = node.get("enum")
    if values and not any(_is_one(value, kinds) for value in values):
        yield "enum", f"no value of enum is of type {' or '.join(kinds)}"


def _kinds(node: dict[str, Any]) -> list[str] | None:
    kinds = node.get("type")
    return [kinds] if isinstance(kinds, str) else kinds


def _is_one(value: Any, kinds: list[str]) -> bool:
    for kind in kinds:
        if isinstance(value, bool) and kind in ("number", "integer"):
            continue
        if kind == "integer" and isinstance(value, float) and not value.is_integer():
            continue
        if isinstance(value, PYTHON_TYPES[kind]):
            return True
    return False


def _properties(node: dict[str, Any]) -> Iterator[Fault]:
    known, required = node.get("properties", {}), node.get("required", ())
    closed = node.get("additionalProperties") is False and not node.get("patternProperties")
    for name in required:
        if known.get(name) is False or (closed and name not in known):
            yield "required", f"{name!r} is required and not allowed"
    if len(required) > node.get("maxProperties", math.inf):
        yield "maxProperties", "more properties are required than allowed"
    if closed and node.get("minProperties", 0) > len(known):
        yield "minProperties", "more properties are needed than there are"


def _items(node: dict[str, Any]) -> Iterator[Fault]:
    if node.get("items") is False:
        most = len(node.get("prefixItems", ()))
        if node.get("minItems", 0) > most:
            yield "minItems", f"at most {most} items are allowed"


class Types:
    """The types that are left for a value by `type`, `$ref` and `allOf` together."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._known: dict[tuple[int, int], frozenset[str] | None] = {}

    def fault(self, node: dict[str, Any]) -> Fault | None:
        """The contradiction of a subschema that leaves no type: (keyword, detail)."""
        if node.keys() & {"$ref", "allOf"} and self._left(node, 0) == frozenset():
            return "allOf" if "allOf" in node else "$ref", "no type of value satisfies all of it"
        return None

    def _left(self, node: Any, depth: int) -> frozenset[str] | None:
        """None when nothing is said, or too far away to be looked at."""
        if not isinstance(node, dict) or depth > MAX_HOPS:
            return None
        key = (id(node), depth)
        if key not in self._known:
            self._known[key] = self._intersection(node, depth)
        return self._known[key]

    def _intersection(self, node: dict[str, Any], depth: int) -> frozenset[str] | None:
        kinds = _kinds(node)
        left = None if kinds is None else frozenset(kinds)
        if left is not None and "number" in left:
            left |= {"integer"}
        musts = {key: node[key] for key in ("$ref", "allOf") if key in node}
        for part in same_value(musts, self._root):
            other = self._left(part, depth + 1)
            if other is not None:
                left = other if left is None else left & other
        return left
