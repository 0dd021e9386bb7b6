"""Puts a schema whose root is no object inside one; a tool's parameters always are an object."""

from typing import Any

from schemas.json_schema.pointers import walk

Schema = dict[str, Any]
WRAP = "value"  # the property that holds a root which is no object
DEFINITIONS = ("$defs", "definitions")
# Beside these at the root a vendor does not see the object.
ROOTLESS = frozenset({"$ref", "anyOf", "oneOf", "allOf", "enum", "const", "not"})


def wrapped(schema: Schema) -> Schema:
    """`schema` as a property of an object, its definitions at the new root.

    Its references lead to definitions only.
    """
    inner = {key: value for key, value in schema.items() if key not in DEFINITIONS}
    definitions = {key: schema[key] for key in DEFINITIONS if key in schema}
    return {
        "type": "object",
        "properties": {WRAP: inner},
        "required": [WRAP],
        "additionalProperties": False,
        **definitions,
    }


def needs_wrapping(schema: Schema) -> bool:
    return schema.get("type") != "object" or bool(schema.keys() & ROOTLESS)


def parameters(schema: Schema) -> Schema:
    """A client's own schema, of its own copy, as the parameters of a tool."""
    schema = {key: value for key, value in schema.items() if key not in ("$schema", "$id")}
    if not needs_wrapping(schema):
        return schema
    for _, node in walk(schema):
        reference = node.get("$ref")
        if reference is not None and not reference.startswith(("#/$defs/", "#/definitions/")):
            node["$ref"] = f"#/properties/{WRAP}{reference[1:]}"
    return wrapped(schema)
