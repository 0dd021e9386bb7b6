"""What a part of a document may be asked for: a schema that needs nothing to be there.

Parts of an instance: an object with some of its properties, a list with some of its items (of a
schema with tuples, with the first ones), and so on inside; texts, numbers, truth values and nulls
stay whole. Each part of an instance of the schema is an instance of its partial schema.
"""

from typing import Any

from schemas.json_schema.keywords import TYPES
from schemas.json_schema.merging import is_type
from schemas.json_schema.pointers import walk
from schemas.json_schema.transplant import Transplant
from schemas.json_schema.validate import Checker

Schema = dict[str, Any]
# What a part may lack, or what may hold for a part though it does not hold for the whole.
LEFT_OUT = (
    *("required", "dependentRequired", "minProperties", "minItems", "uniqueItems", "contains"),
    *("minContains", "maxContains", "not", "if", "then", "else", "default"),
)
# These evaluate properties or items of the whole, and of a part perhaps not.
EVALUATING = frozenset({"dependentSchemas", "if", "contains"})
UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
EMPTY: tuple[Any, ...] = ({}, [], None)


def partial(schema: Schema) -> Schema:
    """The schema for the answer to a part of the document. Needs a schema that lint passed.

    An empty object or list, or null, always satisfies it.
    """
    transplant = Transplant(schema)
    out: Schema = transplant.copy(schema)
    out |= {"$defs": transplant.definitions} if transplant.definitions else {}
    nodes = [node for _, node in walk(out)]
    open_ended = any(EVALUATING & node.keys() for node in nodes)
    for node in nodes:
        _relax(node)
        for key in UNEVALUATED if open_ended else ():
            node.pop(key, None)
    return _or_null(out)


def _relax(node: Schema) -> None:
    for key in LEFT_OUT:
        node.pop(key, None)
    values = node.get("enum", [node["const"]] if "const" in node else [])
    if any(isinstance(value, dict | list) for value in values):
        node.pop("enum", None)
        node.pop("const", None)
        kinds = [kind for kind in TYPES if any(is_type(value, kind) for value in values)]
        node.setdefault("type", kinds)
    if "oneOf" in node:
        branches = {"anyOf": node.pop("oneOf")}
        if "anyOf" in node:
            node["allOf"] = [*node.get("allOf", ()), branches]
        else:
            node |= branches


def _or_null(schema: Schema) -> Schema:
    checker = Checker(schema)
    if any(not checker.errors(value) for value in EMPTY):
        return schema
    inner = {key: value for key, value in schema.items() if key != "$defs"}
    out: Schema = {"anyOf": [inner, {"type": "null"}]}
    return {**out, "$defs": schema["$defs"]} if "$defs" in schema else out
