"""Alternatives and conditions of a schema: which of them shape a value, and which only check it."""

from collections.abc import Iterable
from typing import Any

from schemas.json_schema.assertions import identity
from schemas.json_schema.kinds import KEYWORDS
from schemas.json_schema.merging import Inexpressible, Nothing

Schema = dict[str, Any]
NOTES = ("title", "description")
UNIONS = ("anyOf", "oneOf")
# Conditions are left out of the normal form, unless they speak of properties of their own.
CONDITIONS = ("then", "else", "dependentSchemas")
STRUCTURE = frozenset({"properties", "items", "prefixItems", "type", "enum", "const", "$ref"})
SHAPING = frozenset(key for keys in KEYWORDS.values() for key in keys) | STRUCTURE | set(UNIONS)


def refuse_hidden(schema: Schema) -> None:
    """Properties that only a condition names would be lost when the object is closed."""
    known = schema.get("properties", {})
    for key in CONDITIONS:
        value = schema.get(key, {})
        for part in value.values() if key == "dependentSchemas" else [value]:
            if isinstance(part, dict) and part.get("properties", {}).keys() - known.keys():
                raise Inexpressible("a condition with properties of its own")


def only_conditions(branches: Iterable[Any], rest: Schema) -> bool:
    """Whether alternatives only say which of the properties must be there."""
    known = rest.get("properties", {}).keys()
    for branch in branches:
        if not known or not isinstance(branch, dict) or branch.keys() & (SHAPING - {"required"}):
            return False
        if set(branch.get("required", ())) - known:
            return False
    return True


def any_of(branches: list[Schema]) -> Schema:
    """The branches as one schema, each once. Raises Nothing when none is left."""
    found: dict[Any, Schema] = {}  # not by ==: [0, true] is not [false, 1]
    for branch in branches:
        for part in branch["anyOf"] if branch.keys() == {"anyOf"} else [branch]:
            found.setdefault(identity(part), part)
    flat = list(found.values())
    if not flat:
        raise Nothing("no alternative is left")
    if any(not branch.keys() - set(NOTES) for branch in flat):
        return {}
    return flat[0] if len(flat) == 1 else {"anyOf": flat}
