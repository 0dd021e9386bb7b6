"""A schema made flat: references followed, `allOf` merged, what descriptions note taken in."""

import json
from typing import Any

from schemas.json_schema.dialects import NOTED
from schemas.json_schema.pointers import resolve

Schema = dict[str, Any]
MAX_STEPS = 32  # references followed for one place
GREATEST = frozenset(
    {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"}
)
LEAST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
NUMERIC = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
TEXTUAL = frozenset({"minLength", "maxLength", "pattern", "format"})
LISTED = frozenset({"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"})
NAMED = frozenset({"properties", "required", "additionalProperties", "patternProperties"})
NEVER: Schema = {"not": {}}


class Shapes:
    """Reads the schemas under one root."""

    def __init__(self, root: Any) -> None:
        self._root = root

    def flat(self, schema: Any) -> tuple[Schema, frozenset[str]]:
        """A schema without `$ref`, `allOf` and `if`, and the references that it took."""
        taken: set[str] = set()
        for _ in range(MAX_STEPS):
            if not isinstance(schema, dict):
                return (NEVER if schema is False else {}), frozenset(taken)
            if isinstance(reference := schema.get("$ref"), str):
                taken.add(reference)
                rest = {k: v for k, v in schema.items() if k != "$ref"}
                target = resolve(self._root, reference)
                schema = merged(target, rest) if isinstance(target, dict) else rest
            elif schema.get("allOf"):
                rest = {k: v for k, v in schema.items() if k != "allOf"}
                for part in schema["allOf"]:
                    rest = merged(rest, part) if isinstance(part, dict) else rest
                schema = rest
            elif "if" in schema:
                schema = _branched(schema)
            else:
                break
        return {**noted(schema), **schema}, frozenset(taken)


def merged(one: Schema, other: Schema) -> Schema:
    """A schema that says what both say, nearly always."""
    out = dict(one)
    for key, value in other.items():
        if key not in out or out[key] == value:
            out[key] = value
        elif key in GREATEST:
            out[key] = max(out[key], value)
        elif key in LEAST:
            out[key] = min(out[key], value)
        elif key == "required":
            out[key] = [*out[key], *(name for name in value if name not in out[key])]
        elif key == "properties":
            both = {n: {"allOf": [out[key][n], value[n]]} for n in value if n in out[key]}
            out[key] = {**out[key], **value, **both}
        elif key == "enum":
            out[key] = [v for v in out[key] if v in value]
        elif key == "type":
            out[key] = _types(out[key], value)
        elif key in ("anyOf", "oneOf", "allOf"):
            out["allOf"] = (
                [*out.get("allOf", []), {key: value}]
                if key != "allOf"
                else [
                    *out[key],
                    *value,
                ]
            )
        elif key in ("additionalProperties", "items") and False in (out[key], value):
            out[key] = False
        else:
            out[key] = value
    return out


def _types(one: Any, other: Any) -> Any:
    left = one if isinstance(one, list) else [one]
    right = other if isinstance(other, list) else [other]
    both = [t for t in left if t in right]
    if "integer" not in both and {"integer", "number"} <= {*left, *right}:
        both.append("integer")
    return both if len(both) != 1 else both[0]


def _branched(schema: Schema) -> Schema:
    """`if`, `then` and `else` as a choice of two."""
    rest = {k: v for k, v in schema.items() if k not in ("if", "then", "else")}
    yes = {"allOf": [schema["if"], schema.get("then", {})]}
    no = schema.get("else", {})
    return merged(rest, {"allOf": [{"anyOf": [yes, no]}]})


def noted(schema: Schema) -> Schema:
    """Constraints that the description tells of, as `schemas.json_schema.dialects` writes them."""
    text = str(schema.get("description", "")).rpartition("\n")[2]
    if not (text.startswith("{") and text.endswith("}")):
        return {}
    try:
        told = dict(json.loads(text))
    except (ValueError, TypeError):
        return {}
    return {key: told[key] for key in NOTED if key in told}


def kind_of(schema: Schema) -> str:
    """The type to answer with; `enum` or `any` when the schema leaves it open."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null" if kind else None)
    if isinstance(kind, str):
        return kind
    if "enum" in schema:
        return "enum"
    for keys, name in ((NAMED, "object"), (LISTED, "array"), (TEXTUAL, "string")):
        if keys & schema.keys():
            return name
    return "number" if NUMERIC & schema.keys() else "any"


def nullable(schema: Schema) -> bool:
    kind = schema.get("type")
    return kind == "null" or (isinstance(kind, list) and "null" in kind)


def smallest(schema: Schema) -> Any:
    """A value of the schema's type with nothing in it, be it valid or not."""
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    plain = {"array": [], "string": "", "number": 0, "integer": 0, "boolean": False, "null": None}
    return plain.get(kind_of(schema), {})
