"""A quick yes to values that satisfy a plain schema; who gets no yes is validated properly.

For schemas of our own that every request is held against: jsonschema takes a tenth of a submission.
"""

from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[Any], bool]
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
KNOWN = frozenset(
    {
        *("type", "description", "enum", "oneOf", "minLength", "maxLength", "minimum", "maximum"),
        *("exclusiveMinimum", "minItems", "maxItems", "items", "properties", "required"),
        "additionalProperties",
    }
)
LIMITS: dict[str, Callable[[Any, Any], bool]] = {
    "minLength": lambda value, limit: len(value) >= limit,
    "maxLength": lambda value, limit: len(value) <= limit,
    "minItems": lambda value, limit: len(value) >= limit,
    "maxItems": lambda value, limit: len(value) <= limit,
    "minimum": lambda value, limit: value >= limit,
    "maximum": lambda value, limit: value <= limit,
    "exclusiveMinimum": lambda value, limit: value > limit,
}


def quick(schema: Mapping[str, Any]) -> Test:
    """True: the value satisfies the schema; False: ask the validator.

    Knows types, limits, enums of texts, lists, closed objects and oneOf. Raises ValueError for a
    schema with anything else.
    """
    if not schema.keys() <= KNOWN:
        raise ValueError(f"not plain: {', '.join(sorted(schema.keys() - KNOWN))}")
    if "oneOf" in schema:
        branches = [quick(branch) for branch in schema["oneOf"]]
        return lambda value: sum(branch(value) for branch in branches) == 1
    if "enum" in schema:
        choices = frozenset(schema["enum"])
        return lambda value: isinstance(value, str) and value in choices
    kind = schema["type"]
    tests = [(LIMITS[key], schema[key]) for key in schema.keys() & LIMITS.keys()]
    inner = {"object": _object, "array": _array}.get(kind, _nothing)(schema)
    types = TYPES[kind]

    def test(value: Any) -> bool:
        if not isinstance(value, types) or (isinstance(value, bool) and kind != "boolean"):
            return False
        return all(within(value, limit) for within, limit in tests) and inner(value)

    return test


def _object(schema: Mapping[str, Any]) -> Test:
    if "properties" not in schema:
        return _nothing(schema)
    if schema.get("additionalProperties") is not False:
        raise ValueError("not plain: an open object")
    properties = {name: quick(child) for name, child in schema["properties"].items()}
    required = frozenset(schema.get("required", ()))

    def test(value: dict[str, Any]) -> bool:
        return required <= value.keys() and all(
            name in properties and properties[name](child) for name, child in value.items()
        )

    return test


def _array(schema: Mapping[str, Any]) -> Test:
    items = quick(schema["items"])
    return lambda value: all(map(items, value))


def _nothing(_: Mapping[str, Any]) -> Test:
    return lambda value: True
