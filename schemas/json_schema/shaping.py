"""Writes a schema's normal form in a vendor's dialect."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from schemas.json_schema.merging import Inexpressible
from schemas.json_schema.nulls import allows_null
from schemas.json_schema.recursion import recursive_names, unguarded

Schema = dict[str, Any]
NOTES = ("title", "description")
# What a dialect cannot enforce is still said to the model, in the description.
NOTED = (
    *("format", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems"),
    *("minProperties", "maxProperties"),
)
PLAIN_PATTERN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.,:;/@#%&=+*?^$|()[]{}<>!'\"~"
)
PLAIN_ESCAPES = frozenset("dDwWsS.-/\\+*?()[]{}|^$")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A vendor's subset of JSON Schema. A limit of None is none that we know of."""

    keeps: frozenset[str]  # constraints passed on as they are
    formats: frozenset[str]  # values of `format` that are passed on
    closes: bool  # every object must list its properties and allow no other
    nullable: bool = False  # every property must be required, so an optional one may be null
    recursion: Literal["free", "optional", "none"]  # optional: through optional properties only
    object_root: bool = False  # natively; a tool's parameters always are an object
    strict_tool: bool = False  # a tool's parameters can be enforced as a native schema is
    open_tool: bool = False  # a tool's parameters that are not enforced may be any JSON Schema
    text_enums: bool = False  # enums hold texts and numbers only
    max_min_items: int | None = None
    max_properties: int | None = None
    max_object_depth: int | None = None
    max_enum_values: int | None = None
    max_characters: int | None = None  # of names, enum values and definition names together
    max_optional: int | None = None  # optional properties
    max_unions: int | None = None  # anyOf and lists of types


class Shaper:
    """Shapes one normal form; afterwards `alternatives` pairs each union with its branches."""

    def __init__(self, normal: Schema, dialect: Dialect) -> None:
        self._normal = normal
        self._dialect = dialect
        self._defs: Schema = normal.get("$defs", {})
        self.alternatives: dict[int, list[Schema]] = {}
        self._counts = dict.fromkeys(("properties", "enum", "characters", "optional", "unions"), 0)

    def run(self) -> Schema:
        """The relaxed schema. Raises Inexpressible."""
        self._check_recursion()
        root = {key: value for key, value in self._normal.items() if key != "$defs"}
        out = self._node(self._normal if "anyOf" in self._normal else root, 0)
        defs = {name: self._node(child, 0) for name, child in self._defs.items()}
        self._counts["characters"] += sum(map(len, defs))
        self._check_limits()
        out.pop("$defs", None)
        return {**out, "$defs": defs} if defs else out

    def _check_recursion(self) -> None:
        names = recursive_names(self._defs)
        if not names or self._dialect.recursion == "free":
            return
        if self._dialect.recursion == "none" or unguarded(self._defs, names):
            raise Inexpressible("recursion")

    def _check_limits(self) -> None:
        limits = {
            "properties": self._dialect.max_properties,
            "enum": self._dialect.max_enum_values,
            "characters": self._dialect.max_characters,
            "optional": self._dialect.max_optional,
            "unions": self._dialect.max_unions,
        }
        for name, most in limits.items():
            if most is not None and self._counts[name] > most:
                raise Inexpressible(f"over {most} {name}")

    def _node(self, node: Schema, depth: int) -> Schema:
        if self._dialect.max_object_depth and depth > self._dialect.max_object_depth:
            raise Inexpressible("nested too deep")
        if "$ref" in node:
            return {"$ref": node["$ref"]}
        if "anyOf" in node:
            out = self._union(node, depth)
        elif node.get("type") == "object":
            out = self._object(node, depth + 1)
        elif node.get("type") == "array":
            out = self._array(node, depth)
        elif "type" in node:
            out = self._scalar(node)
        else:
            raise Inexpressible("any value at all")
        notes = {key: node[key] for key in NOTES if key in node}
        return _with_note({**out, **notes}, node)

    def _union(self, node: Schema, depth: int) -> Schema:
        self._counts["unions"] += 1
        branches = [self._node(branch, depth) for branch in node["anyOf"]]
        self.alternatives[id(node["anyOf"])] = branches
        return {"anyOf": branches}

    def _object(self, node: Schema, depth: int) -> Schema:
        properties, required = node["properties"], node["required"]
        extra = node.get("additionalProperties", True)
        if set(required) - properties.keys():
            raise Inexpressible("a property is required that is not described")
        self._count_properties(properties, required)
        out = {name: self._node(child, depth) for name, child in properties.items()}
        shaped: Schema = {"type": "object", "properties": out, "required": required}
        if self._dialect.closes:
            if not properties and extra is not False:
                raise Inexpressible("a map of anything")
            shaped["additionalProperties"] = False
        elif "patternProperties" in node:
            shaped["additionalProperties"] = True
        elif isinstance(extra, dict):
            shaped["additionalProperties"] = self._node(extra, depth) if extra else True
        elif "additionalProperties" in node:
            shaped["additionalProperties"] = extra
        if self._dialect.nullable:
            for name in properties.keys() - set(required):
                if not allows_null(properties[name], self._defs):
                    out[name] = {"anyOf": [out[name], {"type": "null"}]}
            shaped["required"] = list(properties)
        return shaped

    def _count_properties(self, properties: Schema, required: list[str]) -> None:
        self._counts["properties"] += len(properties)
        self._counts["characters"] += sum(map(len, properties))
        self._counts["optional"] += len(properties) - len(required)

    def _array(self, node: Schema, depth: int) -> Schema:
        out: Schema = {"type": "array"}
        if "prefixItems" in node:
            if "prefixItems" not in self._dialect.keeps:
                raise Inexpressible("a tuple")
            out["prefixItems"] = [self._node(child, depth) for child in node["prefixItems"]]
        items = node.get("items")
        if isinstance(items, dict) and items:
            out["items"] = self._node(items, depth)
        elif "prefixItems" not in node:
            raise Inexpressible("an array of anything")
        bounds = self._dialect.keeps & {"minItems", "maxItems"}
        kept = {key: value for key, value in node.items() if key in bounds}
        if self._dialect.max_min_items is not None and "minItems" in kept:
            kept["minItems"] = min(kept["minItems"], self._dialect.max_min_items)
        return {**out, **kept}

    def _scalar(self, node: Schema) -> Schema:
        if isinstance(node["type"], list):
            self._counts["unions"] += 1
        values = node.get("enum")
        if values is not None:
            self._counts["enum"] += len(values)
            self._counts["characters"] += sum(len(v) for v in values if isinstance(v, str))
            if self._dialect.text_enums:
                return _text_enum(values)
            return {"type": node["type"], "enum": values}
        out = {"type": node["type"]}
        for key in NOTED:
            if key in node and self._passes(key, node[key]):
                out[key] = node[key]
        return out

    def _passes(self, key: str, value: Any) -> bool:
        if key == "format":
            return value in self._dialect.formats
        return key in self._dialect.keeps and (key != "pattern" or is_plain(value))


def _text_enum(values: list[Any]) -> Schema:
    """An enum where only texts and numbers may be listed."""
    texts = [v for v in values if isinstance(v, str)]
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    kind = "integer" if all(isinstance(v, int) for v in numbers) else "number"
    branches: list[Schema] = [{"type": "string", "enum": texts}] if texts else []
    branches += [{"type": kind, "enum": numbers}] if numbers else []
    branches += [{"type": "boolean"}] if any(isinstance(v, bool) for v in values) else []
    branches += [{"type": "null"}] if None in values else []
    return branches[0] if len(branches) == 1 else {"anyOf": branches}


def is_plain(pattern: str) -> bool:
    """Whether any engine reads a pattern alike: no classes by name, no groups with options."""
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            if pattern[at + 1 : at + 2] not in PLAIN_ESCAPES:
                return False
            at += 1
        elif char not in PLAIN_PATTERN or pattern.startswith(("(?", "[[:"), at):
            return False
        at += 1
    return True


def _with_note(out: Schema, node: Schema) -> Schema:
    lost = {key: node[key] for key in NOTED if key in node and out.get(key) != node[key]}
    if not lost:
        return out
    words = out.get("description")
    return {**out, "description": (f"{words}\n\n" if words else "") + json.dumps(lost)}
