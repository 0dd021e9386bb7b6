"""What each keyword of JSON Schema 2020-12 may hold."""

from collections.abc import Callable, Iterator
from typing import Any

TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")
Test = Callable[[Any], bool]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: Any) -> bool:
    return _number(value) and value >= 0 and value == value // 1


def _schema(value: Any) -> bool:
    return isinstance(value, dict | bool)


def _schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_schema, value))


def _named(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_schema, value.values()))


def _names(value: Any) -> bool:
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return texts and len(set(value)) == len(value)


def _dependencies(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_names, value.values()))


def _type(value: Any) -> bool:
    names = value if isinstance(value, list) else [value]
    return _names(names) and all(name in TYPES for name in names)


def _text(value: Any) -> bool:
    return isinstance(value, str)


SHAPES: tuple[tuple[tuple[str, ...], Test, str], ...] = (
    (
        (
            *("items", "additionalProperties", "not", "if", "then", "else", "contains"),
            *("propertyNames", "unevaluatedItems", "unevaluatedProperties"),
        ),
        _schema,
        "a schema (an object or a boolean)",
    ),
    (("allOf", "anyOf", "oneOf", "prefixItems"), _schemas, "a list of one or more schemas"),
    (
        ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"),
        _named,
        "an object of schemas",
    ),
    (("required",), _names, "a list of different names"),
    (("dependentRequired",), _dependencies, "an object of lists of different names"),
    (("type",), _type, f"one of {', '.join(TYPES)}, or a list of different ones of them"),
    (("enum",), lambda value: isinstance(value, list), "a list"),
    (
        (
            *("minLength", "maxLength", "minItems", "maxItems", "minProperties"),
            *("maxProperties", "minContains", "maxContains"),
        ),
        _count,
        "a whole number, 0 or more",
    ),
    (
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        _number,
        "a number",
    ),
    (("multipleOf",), lambda value: _number(value) and value > 0, "a number over 0"),
    (
        ("pattern", "format", "title", "description", "$id", "$schema", "$comment", "$anchor"),
        _text,
        "a text",
    ),
    (("contentEncoding", "contentMediaType"), _text, "a text"),
    (("contentSchema",), _schema, "a schema (an object or a boolean)"),
    (
        ("uniqueItems", "deprecated", "readOnly", "writeOnly"),
        lambda value: isinstance(value, bool),
        "true or false",
    ),
    (("examples",), lambda value: isinstance(value, list), "a list"),
)
_BY_NAME = {name: (test, wanted) for names, test, wanted in SHAPES for name in names}


def misshapen(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each keyword of a subschema that holds what it may not: (keyword, what it must hold)."""
    for key, value in node.items():
        test, wanted = _BY_NAME.get(key, (None, ""))
        if test is not None and not test(value):
            yield key, f"must be {wanted}"
