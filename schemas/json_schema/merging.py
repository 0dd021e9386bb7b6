"""Two subschemas that hold for the same value, as one."""

from typing import Any

from schemas.json_schema.assertions import identity

Schema = dict[str, Any]
LOWS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
HIGHS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


class Inexpressible(Exception):
    """A subset of JSON Schema has no way to say this."""


class Nothing(Inexpressible):
    """No value satisfies this."""


def merge(left: Schema, right: Schema) -> Schema:
    """What both say together, or a little less; `left`'s title and description win.

    Raises Inexpressible for alternatives on both sides.
    """
    out = {**right, **left}
    for key in left.keys() & right.keys():
        out[key] = _both(key, left[key], right[key])
    if left.keys() & right.keys() & {"$ref"}:
        raise Inexpressible("two references at once")
    return out


def _both(key: str, one: Any, other: Any) -> Any:
    if one == other and type(one) is type(other):
        return one
    if key == "type":
        return _types(one, other)
    if key == "enum":
        return _values(one, other)
    if key == "const":
        if same(one, other):
            return one
        raise Nothing("two different constants")
    if key in ("properties", "patternProperties"):
        shared = {name: _all(one[name], other[name]) for name in one.keys() & other.keys()}
        return {**one, **other, **shared}
    if key == "required":
        return list(dict.fromkeys([*one, *other]))
    if key in ("items", "additionalProperties"):
        return _all(one, other)
    if key == "prefixItems":
        return _tuples(one, other)
    if key in LOWS:
        return max(one, other)
    if key in HIGHS:
        return min(one, other)
    if key in ("anyOf", "oneOf"):
        raise Inexpressible(f"{key} twice")
    return one


def _values(one: list[Any], other: list[Any]) -> list[Any]:
    """Of two enums, what both hold; long ones are not compared one by one."""
    known = set(map(identity, other))
    return [value for value in one if identity(value) in known]


def _all(one: Any, other: Any) -> Any:
    if one is False or other is False:
        return False
    if one is True:
        return other
    return one if other is True else {"allOf": [one, other]}


def _tuples(one: list[Any], other: list[Any]) -> list[Any]:
    if len(one) != len(other):
        raise Inexpressible("two tuples of different length")
    return [_all(a, b) for a, b in zip(one, other, strict=True)]


def _types(one: Any, other: Any) -> list[str]:
    left = [one] if isinstance(one, str) else one
    right = [other] if isinstance(other, str) else other
    both = [kind for kind in left if kind in right]
    if "integer" not in both and ("integer" in left or "integer" in right):
        both += ["integer"] if "number" in left or "number" in right else []
    return both


def is_type(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    wanted = {"object": dict, "array": list, "string": str, "number": int | float}
    return value is None if kind == "null" else isinstance(value, wanted.get(kind, ()))


def same(one: Any, other: Any) -> bool:
    """JSON Schema's equality: 1 equals 1.0, not true."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)
