"""Takes back what a dialect had to add: nulls that stand for absent properties, pairs for maps."""

from typing import Any

from schemas.json_schema.nulls import allows_null
from schemas.json_schema.pairs import KEY, PAIRS, REST, VALUE, is_pair
from schemas.json_schema.validate import Checker

Schema = dict[str, Any]
MAX_CHECKS = 500  # of branches, in one answer; past it the first that looks alike is taken


class Restorer:
    """Walks answers along a normal form. Safe for threads."""

    def __init__(
        self,
        normal: Schema,
        alternatives: dict[int, list[Schema]],
        relaxed_defs: Schema,
        *,
        nullable: bool,
    ) -> None:
        """`nullable`: a null may stand for an absent property."""
        self._normal = normal
        self.nullable = nullable
        self._defs: Schema = normal.get("$defs", {})
        self._relaxed = {
            key: [Checker({**branch, "$defs": relaxed_defs}) for branch in branches]
            for key, branches in alternatives.items()
        }

    def restore(self, value: Any, *, drop: bool = False) -> Any:
        """`value` without the nulls of optional properties that may not be null, pairs as maps.

        `drop`: without the nulls of those that may be null, too. Pairs that name a key twice are
        left as they are, for the check to refuse.
        """
        walk = _Walk(self._defs, self._relaxed, nullable=self.nullable, drop=drop)
        return walk.node(value, self._normal)


class _Walk:
    def __init__(
        self, defs: Schema, relaxed: dict[int, list[Checker]], *, nullable: bool, drop: bool
    ) -> None:
        self._defs = defs
        self._relaxed = relaxed
        self.nullable = nullable
        self._drop = drop
        self._checks = MAX_CHECKS

    def node(self, value: Any, node: Any) -> Any:
        if not isinstance(node, dict) or not isinstance(value, dict | list):
            return value
        if "$ref" in node:
            return self.node(value, self._defs[node["$ref"].removeprefix("#/$defs/")])
        if "anyOf" in node:
            return self.node(value, self._branch(value, node["anyOf"]))
        if PAIRS in node:
            return self._map(value, node)
        if isinstance(value, dict):
            return self._object(value, node)
        first = node.get("prefixItems", ())
        rest = node.get("items")
        return [self.node(v, first[i] if i < len(first) else rest) for i, v in enumerate(value)]

    def _object(self, value: Schema, node: Schema) -> Schema:
        properties, required = node.get("properties", {}), node.get("required", ())
        out = {}
        for name, inner in value.items():
            child = properties.get(name)
            optional = self.nullable and child is not None and name not in required
            if inner is None and optional and (self._drop or not allows_null(child, self._defs)):
                continue
            out[name] = self.node(inner, child)
        others = out.pop(node[REST], {}) if REST in node else {}
        if isinstance(others, dict) and not others.keys() & out.keys():
            return out | others
        return {**out, node[REST]: others}

    def _map(self, value: Any, node: Schema) -> Any:
        child = node["items"]["properties"][VALUE]
        if isinstance(value, dict):  # written as it was meant
            return {name: self.node(inner, child) for name, inner in value.items()}
        if not all(map(is_pair, value)) or len({item[KEY] for item in value}) < len(value):
            return value
        return {item[KEY]: self.node(item[VALUE], child) for item in value}

    def _branch(self, value: Any, branches: list[Schema]) -> Schema | None:
        """The alternative that the value was made for."""
        alike = [i for i, branch in enumerate(branches) if self._looks_alike(value, branch)]
        if len(alike) > 1:
            checkers = self._relaxed[id(branches)]
            for index in alike:
                self._checks -= 1
                if self._checks >= 0 and not checkers[index].errors(value):
                    return branches[index]
        return branches[alike[0]] if alike else None

    def _looks_alike(self, value: Any, branch: Schema) -> bool:
        while "$ref" in branch:
            branch = self._defs[branch["$ref"].removeprefix("#/$defs/")]
        if "anyOf" in branch:
            return any(self._looks_alike(value, inner) for inner in branch["anyOf"])
        return branch.get("type") == ("object" if isinstance(value, dict) else "array")
