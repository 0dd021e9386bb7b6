"""Maps in dialects that close every object: asked for as lists of {key, value} pairs.

`{"additionalProperties": S}` becomes a list of pairs whose values are S; beside properties of
their own the pairs stand in one more property. The rewritten nodes are marked for the way back.
"""

from typing import Any

from schemas.json_schema.assertions import identity

Schema = dict[str, Any]
KEY, VALUE = "key", "value"
OTHERS = "other_properties"
PAIRS = "x-pairs"  # mark of a list that stands for an object
REST = "x-rest"  # mark of an object: the name of the property that holds its other ones
KEPT = ("title", "description", "$defs")


def paired(node: Any) -> Any:
    """A normal form with its maps rewritten and marked; what cannot be said stays as it is."""
    if not isinstance(node, dict):
        return node
    out = dict(node)
    for key in ("anyOf", "prefixItems"):
        if key in out:
            out[key] = [paired(child) for child in out[key]]
    for key in ("items", "additionalProperties"):
        if key in out:
            out[key] = paired(out[key])
    for key in ("properties", "patternProperties", "$defs"):
        if key in out:
            out[key] = {name: paired(child) for name, child in out[key].items()}
    values = _values(out) if out.get("type") == "object" else []
    return _rewritten(out, values) if values else out


def _values(node: Schema) -> list[Schema]:
    """What the properties without a name of their own may hold."""
    found = list(node.get("patternProperties", {}).values())
    extra = node.get("additionalProperties")
    if isinstance(extra, dict) and extra and identity(extra) not in map(identity, found):
        found.append(extra)
    return found


def _rewritten(node: Schema, values: list[Schema]) -> Schema:
    value = values[0] if len(values) == 1 else {"anyOf": values}
    properties = dict(node["properties"])
    if node.get("additionalProperties"):
        missing = [name for name in node["required"] if name not in properties]
        properties |= dict.fromkeys(missing, value)
    pairs = _list(node, value)
    kept = {key: node[key] for key in KEPT if key in node}
    if not properties:
        bounds = {"minProperties": "minItems", "maxProperties": "maxItems"}
        return {**pairs, **kept, **{bounds[key]: node[key] for key in bounds if key in node}}
    name = OTHERS
    while name in properties:
        name += "_"
    return {
        "type": "object",
        "properties": {**properties, name: pairs},
        "required": [*node["required"], name],
        "additionalProperties": False,
        REST: name,
        **kept,
    }


def _list(node: Schema, value: Schema) -> Schema:
    key: Schema = {"type": "string"}
    patterns = list(node.get("patternProperties", ()))
    if len(patterns) == 1 and not node.get("additionalProperties"):
        key["pattern"] = patterns[0]
    pair = {
        "type": "object",
        "properties": {KEY: key, VALUE: value},
        "required": [KEY, VALUE],
        "additionalProperties": False,
    }
    return {"type": "array", "items": pair, PAIRS: True}


def is_pair(item: Any) -> bool:
    return isinstance(item, dict) and item.keys() == {KEY, VALUE} and isinstance(item[KEY], str)
