"""Bounds that no instance can meet, found in one subschema by itself."""

from collections.abc import Iterator
from typing import Any

PAIRS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minContains", "maxContains"),
)
MAX_COUNT = 1_000_000
COUNTS = ("minLength", "minItems", "minProperties", "minContains")
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
Fault = tuple[str, str, str]  # keyword, code, detail


def contradictions(node: dict[str, Any]) -> Iterator[Fault]:
    """Each contradiction of a subschema: (keyword, code, detail)."""
    yield from _bounds(node)
    yield from _values(node)
    yield from _properties(node)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bounds(node: dict[str, Any]) -> Iterator[Fault]:
    for low, high in PAIRS:
        if _number(node.get(low)) and _number(node.get(high)) and node[low] > node[high]:
            yield low, "contradiction", f"{low} {node[low]} is over {high} {node[high]}"
    for key in COUNTS:
        if _number(node.get(key)) and node[key] > MAX_COUNT:
            yield key, "too_large", f"{key} may be {MAX_COUNT} at most"
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    top = below if _number(below) else node.get("maximum")
    if _number(above) and _number(top) and above >= top:  # type: ignore[operator]
        yield "exclusiveMinimum", "contradiction", f"no number lies over {above} and under {top}"
    if _number(below) and _number(node.get("minimum")) and node["minimum"] >= below:
        yield (
            "exclusiveMaximum",
            "contradiction",
            f"no number from {node['minimum']} is under {below}",
        )
    if _number(node.get("multipleOf")) and node["multipleOf"] <= 0:
        yield "multipleOf", "invalid_schema", "multipleOf must be over 0"


def _values(node: dict[str, Any]) -> Iterator[Fault]:
    if node.get("enum") == []:
        yield "enum", "contradiction", "enum has no value, so nothing satisfies it"
    kinds = node.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds == []:
        yield "type", "contradiction", "type is empty, so nothing satisfies it"
    if not isinstance(kinds, list) or not all(isinstance(k, str) and k in TYPES for k in kinds):
        return
    if "const" in node and not _is_one(node["const"], kinds):
        yield "const", "contradiction", f"const is not of type {' or '.join(kinds)}"
    values = node.get("enum")
    if isinstance(values, list) and values and not any(_is_one(v, kinds) for v in values):
        yield "enum", "contradiction", f"no value of enum is of type {' or '.join(kinds)}"


def _is_one(value: Any, kinds: list[str]) -> bool:
    for kind in kinds:
        if isinstance(value, bool) and kind in ("number", "integer"):
            continue
        if kind == "integer" and isinstance(value, float) and value != int(value):
            continue
        if isinstance(value, TYPES[kind]):
            return True
    return False


def _properties(node: dict[str, Any]) -> Iterator[Fault]:
    known, required = node.get("properties"), node.get("required")
    if not isinstance(required, list):
        return
    known = known if isinstance(known, dict) else {}
    closed = node.get("additionalProperties") is False and not node.get("patternProperties")
    for name in required:
        if isinstance(name, str) and (known.get(name) is False or (closed and name not in known)):
            yield "required", "contradiction", f"{name!r} is required and not allowed"
    limit = node.get("maxProperties")
    if _number(limit) and len(set(map(str, required))) > limit:  # type: ignore[operator]
        yield "maxProperties", "contradiction", "more properties are required than allowed"
