"""Brings a schema into a normal form that says the same or a little less, with fewer words.

Of the applicators only `properties`, `items`, `prefixItems`, `additionalProperties`,
`patternProperties`, `anyOf` and `$ref` (alone, into `$defs`) are left: `oneOf` becomes `anyOf`,
`allOf` and keywords beside a `$ref` are merged, `const` becomes `enum`, types are spelled out.
What cannot be brought so far raises Inexpressible. The normal form is itself a JSON Schema.
"""

from typing import Any

from schemas.json_schema.alternatives import (
    NOTES,
    SHAPING,
    UNIONS,
    any_of,
    only_conditions,
    refuse_hidden,
)
from schemas.json_schema.kinds import KEYWORDS, enumeration, kinds_of
from schemas.json_schema.limits import MAX_NODES
from schemas.json_schema.merging import Inexpressible, Nothing, merge
from schemas.json_schema.pointers import definition_name, resolve

Schema = dict[str, Any]


def normalize(root: Schema) -> Schema:
    """The normal form, its definitions under `$defs`. Raises Inexpressible, RecursionError."""
    return _Normalizer(root).run()


class _Normalizer:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._names: dict[int, str] = {}
        self._defs: Schema = {}
        self._left = MAX_NODES

    def run(self) -> Schema:
        node = self.node(self._root)
        while "$ref" in node:
            node = self._defs[node["$ref"].removeprefix("#/$defs/")]
        return {**node, "$defs": self._defs} if self._defs else dict(node)

    def node(self, schema: Any, inside: frozenset[int] = frozenset()) -> Schema:
        """The normal form of a subschema. Raises Nothing when no value satisfies it."""
        self._left -= 1
        if self._left < 0:
            raise Inexpressible("too large")
        if schema is True:
            return {}
        if schema is False:
            raise Nothing("false")
        schema, inside = self._merged(schema, inside)
        notes = {key: schema[key] for key in NOTES if key in schema}
        if "$ref" in schema:
            return {"$ref": f"#/$defs/{self._definition(schema['$ref'])}"}
        refuse_hidden(schema)
        if schema.keys() & set(UNIONS):
            union = self._union(schema, inside)
            if union is not None:
                return {**union, **notes}
        return {**self._plain(schema, inside), **notes}

    def _merged(self, schema: Schema, inside: frozenset[int]) -> tuple[Schema, frozenset[int]]:
        """Without allOf, and with $ref only where it stands alone."""
        while "allOf" in schema or "$ref" in schema:
            parts = [dict(part) for part in map(_as_object, schema.get("allOf", ()))]
            own = {key: value for key, value in schema.items() if key not in ("allOf", "$ref")}
            own = {key: value for key, value in own.items() if key not in ("$defs", "definitions")}
            if "$ref" in schema:
                target = resolve(self._root, schema["$ref"])
                alone = not parts and not own.keys() & (SHAPING | {"description"})
                if alone:
                    return {**own, "$ref": schema["$ref"]}, inside
                if id(target) in inside:
                    if not parts and not own.keys() & SHAPING:
                        return {"$ref": schema["$ref"]}, inside
                    raise Inexpressible("a recursive $ref with more beside it")
                inside |= {id(target)}
                parts.insert(0, _as_object(target))
            schema = own
            for part in parts:
                schema = merge(schema, part)
        return schema, inside

    def _definition(self, reference: str) -> str:
        target = resolve(self._root, reference)
        name = self._names.get(id(target))
        if name is not None:
            return name
        name = definition_name(reference, self._defs)
        self._names[id(target)] = name
        self._defs[name] = {}
        self._defs[name] = self.node(target, frozenset({id(target)}))
        return name

    def _union(self, schema: Schema, inside: frozenset[int]) -> Schema | None:
        """anyOf over the branches with the rest merged into each; None when they add nothing."""
        given = [key for key in UNIONS if key in schema]
        rest = {key: v for key, v in schema.items() if key not in UNIONS and key not in NOTES}
        shaping = [key for key in given if not only_conditions(schema[key], rest)]
        if not shaping:
            return None
        if len(shaping) > 1:
            raise Inexpressible("anyOf beside oneOf")
        branches = []
        for branch in schema[shaping[0]]:
            try:
                beside = {**_as_object(branch)}
                branches.append(self.node(merge(beside, rest) if rest else branch, inside))
            except Nothing:
                continue
        return any_of(branches)

    def _plain(self, schema: Schema, inside: frozenset[int]) -> Schema:
        """A subschema without unions and references: one of its types, or anyOf over them."""
        if "const" in schema:
            schema = merge({k: v for k, v in schema.items() if k != "const"},
                           {"enum": [schema["const"]]})  # fmt: skip
        if "enum" in schema:
            return enumeration(schema)
        kinds = kinds_of(schema)
        if not kinds:
            return {}
        compound = [kind for kind in kinds if kind in ("object", "array")]
        if not compound:
            keys = {key for kind in kinds for key in KEYWORDS.get(kind, ())}
            kept = {key: value for key, value in schema.items() if key in keys}
            return {"type": kinds[0] if len(kinds) == 1 else kinds, **kept}
        plain = [kind for kind in kinds if kind not in compound]
        branches = [
            self._object(schema, inside) if kind == "object" else self._array(schema, inside)
            for kind in compound
        ]
        if plain:
            branches.append(self._plain({**schema, "type": plain}, inside))
        return any_of(branches)

    def _object(self, schema: Schema, inside: frozenset[int]) -> Schema:
        out = {key: schema[key] for key in KEYWORDS["object"] if key in schema}
        required = list(schema.get("required", ()))
        properties = {}
        for name, child in schema.get("properties", {}).items():
            try:
                properties[name] = self.node(child, inside)
            except Nothing:
                if name in required:
                    raise
        out |= {"type": "object", "properties": properties, "required": required}
        if "patternProperties" in schema:
            out["patternProperties"] = self._by_pattern(schema["patternProperties"], inside)
        if isinstance(schema.get("additionalProperties"), dict):
            out["additionalProperties"] = self._or_false(schema["additionalProperties"], inside)
        if schema.get("unevaluatedProperties") is False and "patternProperties" not in schema:
            out.setdefault("additionalProperties", False)
        return out

    def _by_pattern(self, schemas: Schema, inside: frozenset[int]) -> Schema:
        """Without the patterns of names that may not be there; {} for what cannot be said."""
        out: Schema = {}
        for pattern, child in schemas.items():
            try:
                out[pattern] = self.node(child, inside)
            except Nothing:
                continue
            except Inexpressible:
                out[pattern] = {}
        return out

    def _array(self, schema: Schema, inside: frozenset[int]) -> Schema:
        out = {key: schema[key] for key in KEYWORDS["array"] if key in schema}
        out["type"] = "array"
        if "prefixItems" in schema:
            out["prefixItems"] = [self.node(child, inside) for child in schema["prefixItems"]]
        if isinstance(schema.get("items"), dict):
            out["items"] = self._or_false(schema["items"], inside)
        return out

    def _or_false(self, schema: Schema, inside: frozenset[int]) -> Schema | bool:
        try:
            return self.node(schema, inside)
        except Nothing:
            return False


def _as_object(schema: Any) -> Schema:
    if schema is False:
        raise Nothing("false")
    return {} if schema is True else schema
