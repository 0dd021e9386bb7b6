"""Schemas that the linter refuses, with why, and that it lets pass."""

from typing import Any

from schemas.json_schema.lint import DIALECT


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def doubling(levels: int) -> dict[str, Any]:
    defs: dict[str, Any] = {"d0": {"type": "string"}}
    for level in range(1, levels + 1):
        below = {"$ref": f"#/$defs/d{level - 1}"}
        defs[f"d{level}"] = {"allOf": [below, dict(below)]}
    return {"$ref": f"#/$defs/d{levels}", "$defs": defs}


def chain(length: int) -> dict[str, Any]:
    defs = {f"d{i}": {"$ref": f"#/$defs/d{i + 1}"} for i in range(length)}
    return {"$ref": "#/$defs/d0", "$defs": {**defs, f"d{length}": {"type": "string"}}}


DEEP_DATA: Any = 1
for _ in range(5_000):
    DEEP_DATA = [DEEP_DATA]
NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/n"}}}
REFUSED: list[tuple[str, Any, str]] = [
    ("a list", [], "not_an_object"),
    ("a text", "x", "not_an_object"),
    ("true", True, "not_an_object"),
    ("NaN", {"minimum": float("nan")}, "not_json"),
    ("Infinity", {"maximum": float("inf")}, "not_json"),
    ("a set", {"enum": {1, 2}}, "not_json"),
    ("a key that is a number", {"properties": {1: {}}}, "not_json"),
    ("bytes", {"const": b"x"}, "not_json"),
    ("a NUL", {"const": "a\0b"}, "not_text"),
    ("a NUL in a key", {"properties": {"a\0": {}}}, "not_text"),
    ("a lone surrogate", {"const": "\ud800"}, "not_text"),
    ("a lone surrogate in a key", {"properties": {"\udfff": {}}}, "not_text"),
    ("300 KiB", {"description": "x" * 300_000}, "too_large"),
    ("many nodes", {"properties": {str(i): {} for i in range(6_000)}}, "too_large"),
    ("40 levels", nested(40), "too_deep"),
    ("5,000 levels", nested(5_000), "too_deep"),
    ("deep data", {"const": DEEP_DATA}, "too_deep"),
    ("another draft", {"$schema": "http://json-schema.org/draft-07/schema#"}, "unknown_dialect"),
    ("an unknown draft", {"$schema": "https://evil.example/meta"}, "unknown_dialect"),
    ("a remote $ref", {"$ref": "https://evil.example/s.json"}, "remote_ref"),
    ("a file $ref", {"$ref": "file:///etc/passwd"}, "remote_ref"),
    ("a relative $ref", {"$ref": "other.json"}, "remote_ref"),
    ("a metaschema $ref", {"$ref": DIALECT}, "remote_ref"),
    ("an anchor $ref", {"$ref": "#here", "$anchor": "here"}, "remote_ref"),
    ("$dynamicRef", {"$dynamicRef": "https://evil.example/"}, "unsupported_keyword"),
    ("$recursiveRef", {"$recursiveRef": "#"}, "unsupported_keyword"),
    ("a nested $id", {"properties": {"a": {"$id": "https://x.example/"}}}, "nested_id"),
    (
        "an $id to resolve against",
        {"$id": "https://x.example/a", "items": {"$ref": "https://x.example/a#/$defs/b"}},
        "remote_ref",
    ),
    ("a $ref to nothing", {"$ref": "#/$defs/none"}, "unresolvable_ref"),
    ("a $ref past a list", {"anyOf": [{}], "items": {"$ref": "#/anyOf/01"}}, "unresolvable_ref"),
    ("a $ref to data", {"const": {"type": "string"}, "not": {"$ref": "#/const"}}, "bad_ref"),
    ("a $ref to the unseen", {"$ref": "#/x", "x": {"pattern": "(a+)+$"}}, "bad_ref"),
    ("a $ref that is a number", {"$ref": 1}, "bad_ref"),
    ("itself", {"$ref": "#"}, "endless_ref"),
    ("itself by allOf", {"allOf": [{"$ref": "#"}]}, "endless_ref"),
    ("itself by not", {"properties": {"a": {"not": {"$ref": "#/properties/a"}}}}, "endless_ref"),
    (
        "a ring",
        {
            "$ref": "#/$defs/a",
            "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}},
        },
        "endless_ref",
    ),
    ("2^30 checks", doubling(30), "too_costly"),
    ("a long chain", chain(1_000), "too_costly"),
    (
        "a list without end",
        {"$ref": "#/$defs/n", "$defs": {"n": {**NODE, "required": ["next"]}}},
        "endless_value",
    ),
    (
        "a tree without leaves",
        {
            "type": "object",
            "required": ["c"],
            "properties": {"c": {"type": "array", "minItems": 1, "items": {"$ref": "#"}}},
        },
        "endless_value",
    ),
    ("backreference", {"pattern": r"(a)\1"}, "unsafe_pattern"),
    ("lookahead", {"pattern": "(?=a)b"}, "unsafe_pattern"),
    ("lookbehind", {"patternProperties": {"(?<!a)b": {}}}, "unsafe_pattern"),
    ("a broken pattern", {"pattern": "["}, "unsafe_pattern"),
    ("a huge repetition", {"pattern": "((a{900}){900})"}, "unsafe_pattern"),
    ("a long pattern", {"pattern": "a" * 2_000}, "unsafe_pattern"),
    ("many patterns", {"allOf": [{"pattern": f"a{i}"} for i in range(300)]}, "too_large"),
    (
        "patterns and the unevaluated",
        {"patternProperties": {"(a+)+$": {}}, "unevaluatedProperties": False},
        "unsupported_keyword",
    ),
    ("min over max", {"minimum": 5, "maximum": 4}, "contradiction"),
    ("exclusive bounds", {"exclusiveMinimum": 5, "maximum": 5}, "contradiction"),
    ("no integer between", {"type": "integer", "minimum": 1.2, "maximum": 1.8}, "contradiction"),
    ("minLength over maxLength", {"minLength": 3, "maxLength": 2}, "contradiction"),
    ("minItems over maxItems", {"minItems": 3, "maxItems": 2}, "contradiction"),
    ("minItems over a closed tuple", {"items": False, "minItems": 1}, "contradiction"),
    ("minContains", {"contains": {}, "maxContains": 0}, "contradiction"),
    ("a huge minLength", {"minLength": 10**12}, "contradiction"),
    ("a huge minItems", {"minItems": 10**300}, "contradiction"),
    ("empty enum", {"enum": []}, "contradiction"),
    ("empty type", {"type": []}, "contradiction"),
    ("const of another type", {"type": "string", "const": 1}, "contradiction"),
    ("true is no number", {"type": "integer", "const": True}, "contradiction"),
    ("enum of another type", {"type": "string", "enum": [1, None]}, "contradiction"),
    (
        "required and not allowed",
        {"properties": {"a": {}}, "required": ["b"], "additionalProperties": False},
        "contradiction",
    ),
    ("required and false", {"properties": {"a": False}, "required": ["a"]}, "contradiction"),
    ("more required than allowed", {"required": ["a", "b"], "maxProperties": 1}, "contradiction"),
    ("no type left", {"allOf": [{"type": "string"}, {"type": "integer"}]}, "contradiction"),
    (
        "no type left after $ref",
        {"type": "object", "$ref": "#/$defs/s", "$defs": {"s": {"type": ["string", "null"]}}},
        "contradiction",
    ),
    (
        "patterns that are large together",
        {"allOf": [{"pattern": rf"\p{{L}}{{100}}\p{{N}}{{300}}{i}"} for i in range(200)]},
        "too_large",
    ),
    ("a type unknown", {"type": "strng"}, "invalid_schema"),
    ("a type twice", {"type": ["string", "string"]}, "invalid_schema"),
    ("required twice", {"required": ["a", "a"]}, "invalid_schema"),
    ("required is a text", {"required": "a"}, "invalid_schema"),
    ("properties is a list", {"properties": []}, "invalid_schema"),
    ("a property is a number", {"properties": {"a": 1}}, "invalid_schema"),
    ("items is a list", {"items": [{}]}, "invalid_schema"),
    ("minimum is a text", {"minimum": "1"}, "invalid_schema"),
    ("minLength is negative", {"minLength": -1}, "invalid_schema"),
    ("minLength is a fraction", {"minLength": 1.5}, "invalid_schema"),
    ("minLength is true", {"minLength": True}, "invalid_schema"),
    ("multipleOf is 0", {"multipleOf": 0}, "invalid_schema"),
    ("anyOf is empty", {"anyOf": []}, "invalid_schema"),
    ("pattern is null", {"pattern": None}, "invalid_schema"),
    ("$defs is a schema's text", {"$defs": {"a": "string"}}, "invalid_schema"),
    ("dependencies", {"dependencies": {"a": ["b"]}}, "unsupported_keyword"),
]
ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("nothing", {}),
    ("the dialect", {"$schema": DIALECT, "$id": "https://x.example/invoice"}),
    ("the dialect with a #", {"$schema": DIALECT + "#"}),
    ("booleans", {"properties": {"a": True}, "additionalProperties": False}),
    ("a list of itself", {"$ref": "#/$defs/n", "$defs": {"n": NODE}}),
    ("a tree", {"type": "object", "properties": {"c": {"type": "array", "items": {"$ref": "#"}}}}),
    (
        "a way out of recursion",
        {
            "$ref": "#/$defs/e",
            "$defs": {
                "e": {
                    "anyOf": [
                        {"type": "number"},
                        {
                            "type": "object",
                            "required": ["l"],
                            "properties": {"l": {"$ref": "#/$defs/e"}},
                        },
                    ]
                }
            },
        },
    ),
    ("an escaped name", {"$ref": "#/$defs/a~1b%20c", "$defs": {"a/b c": {"type": "string"}}}),
    ("a $ref into a property", {"properties": {"a": {}, "b": {"$ref": "#/properties/a"}}}),
    ("a chain", chain(20)),
    ("a pattern that hangs elsewhere", {"pattern": "^(a+)+$"}),
    ("ECMA's unicode escapes", {"pattern": r"^[\u00e9\u0061]+\\u$"}),
    (
        "50 patterns of letters",
        {"allOf": [{"pattern": rf"^\p{{L}}{{1,64}}-{i}$"} for i in range(50)]},
    ),
    ("one number", {"minimum": 1, "maximum": 1}),
    ("integers of 400 digits", {"type": "integer", "minimum": -(10**400), "maximum": 10**400}),
    ("from 400 digits on", {"type": "integer", "minimum": 10**400}),
    ("integer and number", {"allOf": [{"type": "integer"}, {"type": "number"}]}),
    ("$ref in data", {"const": {"$ref": "https://evil.example"}, "examples": [{"$ref": "x"}]}),
    ("a property called $ref", {"properties": {"$ref": {"type": "string"}}}),
    ("a property called pattern", {"properties": {"pattern": {"type": "string"}}}),
    ("unknown keywords", {"x-ui": {"order": 1}, "nullable": True}),
]
