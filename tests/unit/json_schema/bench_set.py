"""A set of schemas shaped like public ones (JSONSchemaBench), made from a mix of features; seeded.

Each schema is a tree of objects, arrays and unions whose nodes take features at random, with the
weights that such features have in public sets, and now and then something that lint refuses.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from schemas.json_schema.dialects import DIALECTS, modes
from schemas.json_schema.lint import lint_schema

Schema = dict[str, Any]
SEED = 20261121
FORMATS = ("date", "date-time", "time", "email", "uri", "uuid", "ipv4", "hostname", "iban")
PATTERNS = ("^[A-Z]{2}[0-9]{4}$", r"^\d+(\.\d+)?$", "^x-", r"^\p{L}+$", "(?i)^yes|no$")
NAMES = (
    *("id", "name", "total", "items", "tags", "kind", "status"),
    *("parent", "note", "amount", "price", "city", "meta", "data"),
)


class Maker:
    """One schema. `schemas` is `SEED` and a number."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._defs: Schema = {}

    def schema(self) -> Schema:
        depth = self._random.choice((1, 2, 2, 3, 3, 4, 8, 12))
        root = self._node(depth) if self._one_in(8) else self._object(depth)
        if self._one_in(40):
            root = self._refused(root)
        if self._defs:
            root["$defs"] = self._defs
        if self._one_in(2):
            root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        return root

    def _one_in(self, times: int) -> bool:
        return self._random.randrange(times) == 0

    def _node(self, depth: int) -> Schema:
        if depth <= 0:
            return self._leaf()
        makers: tuple[Callable[[int], Schema], ...] = (
            *(self._object, self._object, self._object, self._array, self._array),
            *(self._reference, self._union, self._map, self._tuple, self._merged),
        )
        if self._one_in(3):
            return self._leaf()
        node = self._random.choice(makers)(depth - 1)
        return {**node, "description": "A part."} if self._one_in(4) else node

    def _leaf(self) -> Schema:
        pick = self._random
        leaves: tuple[Schema, ...] = (
            {"type": "string"},
            {"type": "string", "minLength": 1, "maxLength": pick.choice((5, 80))},
            {"type": "string", "format": pick.choice(FORMATS)},
            {"type": "string", "pattern": pick.choice(PATTERNS)},
            {"type": "integer", "minimum": 0, "maximum": pick.choice((9, 10**6))},
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "number", "multipleOf": 0.01},
            {"type": "boolean"},
            {"type": ["string", "null"]},
            {"enum": [f"v{i}" for i in range(pick.choice((2, 5, 5, 60, 1_200)))]},
            {"enum": ["a", 1, None, True]},
            {"const": pick.choice(("fixed", 3, None))},
            {"type": "null"},
            {},
        )
        return dict(pick.choice(leaves))

    def _object(self, depth: int) -> Schema:
        count = self._random.choice((1, 3, 3, 5, 8)) if depth < 5 else 1
        names = self._random.sample(NAMES, count)
        node: Schema = {"type": "object", "properties": {n: self._node(depth - 1) for n in names}}
        node["required"] = [name for name in names if not self._one_in(3)]
        features: tuple[tuple[int, Schema], ...] = (
            (2, {"additionalProperties": False}),
            (12, {"minProperties": 1}),
            (15, {"dependentRequired": {names[0]: [names[-1]]}}),
            (20, {"dependentSchemas": {names[0]: {"required": [names[-1]]}}}),
            (15, {"if": {"required": [names[0]]}, "then": {"required": [names[-1]]}}),
            (25, {"if": {"required": [names[0]]}, "then": {"properties": {"more": {}}}}),
            (15, {"anyOf": [{"required": [name]} for name in names]}),
            (20, {"not": {"required": ["never"]}}),
            (20, {"propertyNames": {"maxLength": 40}}),
            (20, {"unevaluatedProperties": False}),
            (25, {"patternProperties": {"^x-": {"type": "string"}}}),
            (25, {"required": [*node["required"], "undescribed"]}),
        )
        for times, feature in features:
            node |= feature if self._one_in(times) else {}
        return node

    def _array(self, depth: int) -> Schema:
        node: Schema = {"type": "array", "items": self._node(depth)}
        features: tuple[tuple[int, Schema], ...] = (
            (4, {"minItems": self._random.choice((1, 2))}),
            (5, {"maxItems": 20}),
            (6, {"uniqueItems": True}),
            (15, {"contains": {"type": "string"}, "minContains": 0}),
        )
        for times, feature in features:
            node |= feature if self._one_in(times) else {}
        return node

    def _tuple(self, depth: int) -> Schema:
        node: Schema = {"type": "array", "prefixItems": [self._leaf(), self._node(depth)]}
        closing = self._random.choice(({}, {"items": False}, {"unevaluatedItems": False}))
        return {**node, **closing, "minItems": 2}

    def _map(self, depth: int) -> Schema:
        if self._one_in(3):
            values = {"^[a-z]+$": self._node(depth)}
            return {"type": "object", "patternProperties": values, "additionalProperties": False}
        return {"type": "object", "additionalProperties": self._node(depth)}

    def _union(self, depth: int) -> Schema:
        count = self._random.choice((2, 2, 3, 5))
        branches = [self._node(depth) for _ in range(count)]
        if self._one_in(2):  # told apart by a constant, as most are
            branches = [self._object(min(depth, 2)) for _ in range(count)]
            for index, branch in enumerate(branches):
                branch["properties"]["kind"] = {"const": f"k{index}"}
                branch["required"] = list(dict.fromkeys([*branch["required"], "kind"]))
        return {self._random.choice(("anyOf", "oneOf")): branches}

    def _merged(self, depth: int) -> Schema:
        return {"allOf": [self._object(min(depth, 2)), {"properties": {"extra": self._leaf()}}]}

    def _reference(self, depth: int) -> Schema:
        if not self._defs or self._one_in(2):
            name = f"part{len(self._defs)}"
            self._defs[name] = {}
            self._defs[name] = self._object(depth)
            if self._one_in(3):
                self._defs[name]["properties"]["children"] = {
                    "type": "array",
                    "items": {"$ref": f"#/$defs/{name}"},
                }
        return {"$ref": f"#/$defs/{self._random.choice(sorted(self._defs))}"}

    def _refused(self, root: Schema) -> Schema:
        faults: tuple[Schema, ...] = (
            {"$ref": "https://example.com/schema.json"},
            {"$ref": "#/nowhere"},
            {"type": "string", "minLength": 5, "maxLength": 2},
            {"type": "string", "pattern": "(?=look)ahead"},
            {"type": "nonsense"},
            {"$ref": "#/properties/refused"},
            {"enum": []},
        )
        properties = {**root.get("properties", {}), "refused": self._random.choice(faults)}
        return {**root, "properties": properties}


def bench_set(count: int = 400) -> Iterator[Schema]:
    """The same schemas for every run."""
    for number in range(count):
        yield Maker(f"{SEED}/{number}").schema()


def rows(count: int = 400) -> list[dict[str, Any]]:
    """Of each dialect how many schemas are refused, and how many go in each mode at best."""
    found = []
    for dialect in [*DIALECTS, "none"]:
        counts = Counter(
            "refused" if lint_schema(schema) else modes(schema, dialect)[0]
            for schema in bench_set(count)
        )
        found.append({"dialect": dialect, "schemas": count, **counts})
    return found
