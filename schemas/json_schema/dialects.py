"""Shapes a schema for a vendor's structured output, with the way back.

A vendor enforces a subset of JSON Schema. The relaxed schema says less than the original (the
answer is always checked against the original); what had to be wrapped or made nullable is undone
by `Plan.restore`. A schema that the subset cannot express is asked for in the prompt instead.
"""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from schemas.json_schema.restore import restore

WRAP = "value"  # the property that holds a root which is no object
NOTES = frozenset({"title", "description"})
BASE = NOTES | {"type", "enum", "anyOf", "$ref", "$defs", "properties", "required", "items"}

FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)
# What a dialect cannot enforce is still said to the model, in the description.
LENGTHS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
NOTED = ("format", "pattern", "uniqueItems", *LENGTHS, *BOUNDS)


class Inexpressible(Exception):
    """The vendor's subset has no way to say this."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    keeps: frozenset[str]  # keywords passed on as they are
    formats: frozenset[str]  # values of `format` that are passed on
    closes: bool  # every object must list its properties and allow no other
    nullable: bool  # every property must be required, so an optional one may be null
    recursion: bool
    object_root: bool


DIALECTS = {
    # "Supported schemas" of OpenAI's structured outputs guide (strict mode).
    "openai": Dialect(
        keeps=BASE
        | {"pattern", "format", "minimum", "maximum", "exclusiveMinimum"}
        | {"exclusiveMaximum", "multipleOf", "minItems", "maxItems"},
        formats=FORMATS,
        closes=True,
        nullable=True,
        recursion=True,
        object_root=True,
    ),
    # "JSON Schema limitations" of Anthropic's guide, and `transform_schema` of its SDK.
    "anthropic": Dialect(
        keeps=BASE | {"format"},
        formats=FORMATS | {"uri"},
        closes=True,
        nullable=False,
        recursion=False,
        object_root=False,
    ),
    # `response_json_schema` of the Gemini API's GenerationConfig.
    "gemini": Dialect(
        keeps=BASE | {"format", "minItems", "maxItems", "minimum", "maximum", "prefixItems"},
        formats=frozenset({"date-time", "time", "date", "duration"}),
        closes=False,
        nullable=False,
        recursion=True,
        object_root=False,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to ask a vendor for a schema, and how to read the answer back."""

    mode: Literal["native", "prompt"]
    schema: dict[str, Any] | None  # in the vendor's dialect; None in prompt mode
    restore: Callable[[Any], Any]


def plan(schema: Mapping[str, Any], dialect: str) -> Plan:
    """The plan for a vendor's dialect; an unknown one ("none") gets prompt mode."""
    return _plan(json.dumps(schema), dialect)


@functools.lru_cache(maxsize=512)
def _plan(text: str, name: str) -> Plan:
    schema = json.loads(text)
    if name not in DIALECTS:
        return Plan(mode="prompt", schema=None, restore=_same)
    dialect = DIALECTS[name]
    try:
        relaxed = _Relaxer(schema, dialect).run()
    except (Inexpressible, RecursionError):
        return Plan(mode="prompt", schema=None, restore=_same)
    wrapped = dialect.object_root and not _is_object(schema)
    if wrapped:
        definitions = relaxed.pop("$defs", None)
        relaxed = {
            "type": "object",
            "properties": {WRAP: relaxed},
            "required": [WRAP],
            "additionalProperties": False,
        } | ({"$defs": definitions} if definitions else {})

    def back(value: Any) -> Any:
        if wrapped and isinstance(value, dict) and set(value) == {WRAP}:
            value = value[WRAP]
        return restore(value, schema, schema) if dialect.nullable else value

    return Plan(mode="native", schema=relaxed, restore=back)


def _same(value: Any) -> Any:
    return value


def _is_object(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "object" and "properties" in schema


class _Relaxer:
    def __init__(self, root: dict[str, Any], dialect: Dialect) -> None:
        self._root = root
        self._dialect = dialect

    def run(self) -> dict[str, Any]:
        return self._node({k: v for k, v in self._root.items() if k not in ("$schema", "$id")})

    def _node(self, node: Any) -> dict[str, Any]:
        if not isinstance(node, dict) or not node.keys() - NOTES:
            raise Inexpressible
        node = self._alternatives(dict(node))
        out: dict[str, Any] = {}
        for key, value in node.items():
            if key in ("$defs", "definitions"):
                out["$defs"] = {name: self._node(child) for name, child in value.items()}
            elif key == "$ref":
                out["$ref"] = self._reference(value)
            elif key == "format":
                if value in self._dialect.formats:
                    out["format"] = value
            elif key in ("items", "anyOf", "prefixItems"):
                out[key] = self._children(value)
            elif key in self._dialect.keeps and key not in ("properties", "required"):
                out[key] = value
        if node.get("type") == "object" or "properties" in node:
            out |= self._object(node)
        if self._dialect.closes and not out.keys() & {"type", "anyOf", "$ref", "enum"}:
            raise Inexpressible
        if "$ref" in out and "$defs" not in out:
            return {"$ref": out["$ref"]}
        return out | _noted(node, out)

    def _alternatives(self, node: dict[str, Any]) -> dict[str, Any]:
        if "oneOf" in node:
            if "anyOf" in node:
                raise Inexpressible
            node["anyOf"] = node.pop("oneOf")
        if "const" in node:
            node["enum"] = [node.pop("const")]
        if "allOf" in node:
            parts = node.pop("allOf")
            if len(parts) != 1 or node.keys() & parts[0].keys():
                raise Inexpressible
            node |= parts[0]
        if "prefixItems" in node and "prefixItems" not in self._dialect.keeps:
            raise Inexpressible
        return node

    def _children(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._node(child) for child in value]
        return self._node(value)

    def _reference(self, reference: str) -> str:
        if reference == "#" and (self._dialect.object_root and not _is_object(self._root)):
            raise Inexpressible
        if not self._dialect.recursion and _recursive(self._root):
            raise Inexpressible
        if reference != "#" and not reference.startswith(("#/$defs/", "#/definitions/")):
            raise Inexpressible
        return reference.replace("#/definitions/", "#/$defs/", 1)

    def _object(self, node: dict[str, Any]) -> dict[str, Any]:
        properties = node.get("properties", {})
        if self._dialect.closes and (
            not properties
            or node.get("patternProperties")
            or isinstance(node.get("additionalProperties"), dict)
        ):
            raise Inexpressible  # a map: its keys are not known
        required = [name for name in node.get("required", ()) if name in properties]
        out = {name: self._node(child) for name, child in properties.items()}
        if self._dialect.nullable:
            for name in out.keys() - set(required):
                out[name] = {"anyOf": [out[name], {"type": "null"}]}
            required = list(properties)
        shaped: dict[str, Any] = {"type": "object", "properties": out, "required": required}
        if self._dialect.closes:
            shaped["additionalProperties"] = False
        elif isinstance(node.get("additionalProperties"), bool):
            shaped["additionalProperties"] = node["additionalProperties"]
        return shaped


def _noted(node: dict[str, Any], out: dict[str, Any]) -> dict[str, str]:
    lost = {key: node[key] for key in NOTED if key in node and key not in out}
    if not lost:
        return {}
    words = out.get("description")
    return {"description": (f"{words}\n\n" if words else "") + json.dumps(lost)}


def _recursive(root: dict[str, Any]) -> bool:
    definitions = {**root.get("definitions", {}), **root.get("$defs", {})}

    def uses(name: str, seen: frozenset[str]) -> bool:
        text = json.dumps(definitions.get(name, {}))
        for other in definitions:
            used = f'"#/$defs/{other}"' in text or f'"#/definitions/{other}"' in text
            if used and (other in seen or uses(other, seen | {other})):
                return True
        return False

    return '"$ref": "#"' in json.dumps(root) or any(uses(n, frozenset({n})) for n in definitions)
