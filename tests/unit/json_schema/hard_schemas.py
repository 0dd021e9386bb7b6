"""Schemas that not every vendor's subset can say."""

import json
from typing import Any

from schemas.json_schema.dialects import DIALECTS
from tests.unit.json_schema.strategies import TEXT, obj

TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": obj({"name": TEXT, "kids": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
                    "name")
    },
}  # fmt: skip
STRICT_TREE = json.loads(json.dumps(TREE))
STRICT_TREE["$defs"]["node"]["required"] = ["name", "kids"]
MAP = {"type": "object", "additionalProperties": {"type": "integer"}}
TUPLE = {"type": "array", "prefixItems": [TEXT, {"type": "integer"}]}
LOOSE: list[tuple[str, dict[str, Any], set[str]]] = [
    ("a tree", TREE, {"anthropic"}),
    ("a tree that must have leaves' lists", STRICT_TREE, {"anthropic", "gemini"}),
    ("the root again", obj({"next": {"$ref": "#"}}), {"anthropic"}),
    ("a map", MAP, set()),
    ("a map inside", obj({"m": MAP}), set()),
    ("a map of anything", obj({"m": {"type": "object", "additionalProperties": {}}}),
     {"openai", "anthropic"}),
    ("an object of anything", {"type": "object"}, {"openai", "anthropic"}),
    ("named by pattern", {"type": "object", "patternProperties": {"^x": TEXT}}, set()),
    ("a tuple", TUPLE, {"openai", "anthropic"}),
    ("anything", obj({"a": {}}, "a"), set(DIALECTS)),
    ("a list of anything", {"type": "array"}, set(DIALECTS)),
    ("required but not described", obj({"a": TEXT}, "b"), set(DIALECTS)),
    ("an enum of objects", {"enum": [{"a": 1}]}, set(DIALECTS)),
    ("properties of a condition", obj({"a": TEXT}, **{"if": {}, "then": obj({"b": TEXT})}),
     set(DIALECTS)),
    ("30 optional properties", obj({f"p{i}": TEXT for i in range(30)}), {"anthropic"}),
    ("20 unions", obj({f"p{i}": {"anyOf": [TEXT, {"type": "null"}]} for i in range(20)},
                      *[f"p{i}" for i in range(20)]), {"anthropic"}),
    ("1,200 values", {"enum": [str(i) for i in range(1_200)]}, {"openai"}),
    ("12 levels", json.loads('{"type":"object","properties":{"a":' * 12 + '{"type":"string"}'
                             + "}}" * 12), {"openai"}),
]  # fmt: skip
