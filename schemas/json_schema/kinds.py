"""A schema's types: those it names, or those that its keywords and values mean."""

from typing import Any

from schemas.json_schema.merging import Inexpressible, Nothing, is_type

Schema = dict[str, Any]
KEYWORDS = {
    "object": (
        *("properties", "required", "additionalProperties", "patternProperties"),
        *("minProperties", "maxProperties"),
    ),
    "array": ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
KEYWORDS["integer"] = KEYWORDS["number"]


def kinds_of(schema: Schema) -> list[str]:
    """Its types, without one that another covers; none when nothing tells. Raises Nothing."""
    kinds = schema.get("type")
    if kinds is not None:
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        if not kinds:
            raise Nothing("no type is left")
        return [kind for kind in kinds if not (kind == "integer" and "number" in kinds)]
    # Without a type the keywords say what is meant.
    meant = [kind for kind in ("object", "array", "string", "number")
             if schema.keys() & set(KEYWORDS[kind])]  # fmt: skip
    return meant if len(meant) == 1 else []


def enumeration(schema: Schema) -> Schema:
    """An enum of the values that fit the type, with their types. Raises Inexpressible."""
    wanted = schema.get("type")
    wanted = [wanted] if isinstance(wanted, str) else wanted
    values = schema["enum"]
    if wanted is not None:
        values = [value for value in values if any(is_type(value, kind) for kind in wanted)]
    if not values:
        raise Nothing("no value is left")
    if any(isinstance(value, dict | list) for value in values):
        raise Inexpressible("an enum of objects or lists")
    order = ("string", "integer", "number", "boolean", "null")
    kinds = [k for k in order if any(_kind_of(value) == k for value in values)]
    if "integer" in kinds and "number" in kinds:
        kinds.remove("integer")
    return {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": values}


def _kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    return "integer" if isinstance(value, int) or value.is_integer() else "number"
