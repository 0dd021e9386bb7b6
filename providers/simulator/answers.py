"""Makes an answer: it satisfies the schema, and says what the document says where it can."""

import functools
import hashlib
import json
from typing import Any

from providers.simulator.evidence import Evidence, likeness, words
from providers.simulator.leaves import leaf
from schemas.json_schema.dialects import NOTED
from schemas.json_schema.pointers import resolve
from schemas.json_schema.validate import checker_for

MAX_DEPTH = 8
MISSING = object()


def answer(schema: dict[str, Any] | None, document: str) -> str:
    """The answer's text: JSON for a schema, a sentence without one. Equal input, equal text."""
    if schema is None:
        head = Evidence(document).sentence() or document.strip()[:200]
        return f"(simulated) {head}"
    return _answer(json.dumps(schema), document)


@functools.lru_cache(maxsize=2048)
def _answer(text: str, document: str) -> str:
    schema = json.loads(text)
    value = Filler(schema).fill(schema, "", Evidence(document), required=True)
    if value is MISSING or checker_for(schema).errors(value):
        plain = Filler(schema).fill(schema, "", Evidence(""), required=True)
        value = _repaired(schema, value, plain)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _repaired(schema: dict[str, Any], value: Any, plain: Any) -> Any:
    """Replace what is wrong by what the schema alone gives; all of it if need be."""
    for _ in range(20):
        errors = checker_for(schema).errors(value)
        if not errors:
            return value
        steps = errors[0].pointer.split("/")[1:2]
        if not steps or not isinstance(value, dict) or not isinstance(plain, dict):
            return plain
        name = steps[0].replace("~1", "/").replace("~0", "~")
        if name in plain:
            value[name] = plain[name]
        elif value.pop(name, MISSING) is MISSING:
            return plain
    return plain


class Filler:
    """Walks a schema with a document at hand."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root

    def fill(
        self, schema: Any, name: str, found: Evidence, *, required: bool, depth: int = 0
    ) -> Any:
        """A value, or MISSING when nothing was found and nothing is needed."""
        schema = self._flat(schema)
        if "const" in schema:
            return schema["const"]
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._choose(schema, key, name, found, required, depth)
        kind = _kind(schema)
        if kind == "object":
            return self._object(schema, found, required, depth)
        if kind == "array":
            return self._array(schema, name, found, required, depth)
        value = leaf(schema, kind, name, found, required)
        return MISSING if value is None and kind != "null" else value

    def _flat(self, schema: Any) -> dict[str, Any]:
        for _ in range(16):
            if not isinstance(schema, dict):
                return {}
            if "$ref" in schema:
                rest = {k: v for k, v in schema.items() if k != "$ref"}
                target = resolve(self._root, schema["$ref"])
                schema = {**target, **rest} if isinstance(target, dict) else rest
            elif schema.get("allOf"):
                schema = self._merged(schema)
            else:
                break
        return {**_noted(schema), **schema} if isinstance(schema, dict) else {}

    def _merged(self, schema: dict[str, Any]) -> dict[str, Any]:
        merged = {k: v for k, v in schema.items() if k != "allOf"}
        for part in schema["allOf"]:
            flat = self._flat(part)
            properties = {**merged.get("properties", {}), **flat.get("properties", {})}
            needed = [*merged.get("required", []), *flat.get("required", [])]
            merged |= flat
            if properties:
                merged["properties"] = properties
            if needed:
                merged["required"] = needed
        return merged

    def _choose(
        self,
        schema: dict[str, Any],
        key: str,
        name: str,
        found: Evidence,
        required: bool,
        depth: int,
    ) -> Any:
        base = {k: v for k, v in schema.items() if k not in (key, "title", "description")}
        branches = [self._flat({**base, **self._flat(b)}) for b in schema[key]]
        if depth > MAX_DEPTH:
            branches.sort(key=lambda b: _kind(b) in ("object", "array"))
        best, score = MISSING, -1.0
        for branch in branches:
            value = self.fill(branch, name, found, required=False, depth=depth + 1)
            fit = self._fit(branch, value, found)
            if value is not MISSING and fit > score:
                best, score = value, fit
        if best is MISSING and required:
            return self.fill(branches[0], name, found, required=True, depth=depth + 1)
        return best

    def _fit(self, branch: dict[str, Any], value: Any, found: Evidence) -> float:
        if value is None:
            return 0.0
        if not isinstance(value, dict):
            return 0.5
        text = found.text.lower()
        tags = [
            str(s["const"])
            for s in branch.get("properties", {}).values()
            if isinstance(s, dict) and "const" in s
        ]
        told = sum(all(w in text for w in words(tag)) for tag in tags)
        return 1.0 + 2.0 * told + len(value) / 10

    def _object(self, schema: dict[str, Any], found: Evidence, required: bool, depth: int) -> Any:
        needed = schema.get("required", [])
        value: dict[str, Any] = {}
        for name, child in schema.get("properties", {}).items():
            must = name in needed
            if depth > MAX_DEPTH and not must:
                continue
            inner = self.fill(child, name, found, required=must, depth=depth + 1)
            if inner is not MISSING:
                value[name] = inner
        extra = schema.get("additionalProperties", True)
        for name in needed:
            if name not in value:
                child = extra if isinstance(extra, dict) else {"type": "string"}
                value[name] = self.fill(child, name, found, required=True, depth=depth + 1)
        for index in range(schema.get("minProperties", 0) - len(value)):
            child = extra if isinstance(extra, dict) else {"type": "string"}
            key = f"key_{index + 1}"
            value[key] = self.fill(child, "key", found, required=True, depth=depth + 1)
        return value if value or required else MISSING

    def _array(
        self, schema: dict[str, Any], name: str, found: Evidence, required: bool, depth: int
    ) -> Any:
        prefix = schema.get("prefixItems", [])
        values = [self.fill(p, name, found, required=True, depth=depth + 1) for p in prefix]
        items = self._flat(schema.get("items", {"type": "string"}))
        least, most = schema.get("minItems", 0), schema.get("maxItems", 50)
        if schema.get("items") is not False and depth <= MAX_DEPTH:
            for part in self._parts(items, name, found):
                if len(values) < most:
                    inner = self.fill(items, name, part, required=True, depth=depth + 1)
                    if inner is not MISSING:
                        values.append(inner)
        if schema.get("uniqueItems"):
            values = [v for i, v in enumerate(values) if v not in values[:i]]
        turn = 0
        while len(values) < least and turn < least * 3:
            turn += 1
            part = found if turn == 1 else Evidence(f"{found.heading() or name} {turn}")
            inner = self.fill(items, name, part, required=True, depth=depth + 1)
            if not schema.get("uniqueItems") or inner not in values:
                values.append(inner)
        return values if values or required else MISSING

    def _parts(self, items: dict[str, Any], name: str, found: Evidence) -> list[Evidence]:
        """The pieces of the document that the elements of an array are made from."""
        names = words(name)
        if "properties" in items or "anyOf" in items or "oneOf" in items:
            wanted = {w for p in items.get("properties", {}) for w in words(p)}
            best, score = None, 0.2
            for table in found.tables:
                heads = {w for cell in table.header for w in words(cell)}
                fit = likeness(wanted, heads)
                if fit > score:
                    best, score = table, fit
            if best is not None:
                return [
                    Evidence("\n".join(row), dict(zip(best.header, row, strict=False)))
                    for row in best.rows
                ]
            return [Evidence(text) for text in found.list_under(names)]
        listed = found.list_under(names)
        if not listed and (line := found.labelled(names)):
            listed = [part.strip() for part in line.replace(";", ",").split(",") if part.strip()]
        return [Evidence(text) for text in listed]


def _noted(schema: dict[str, Any]) -> dict[str, Any]:
    """Constraints that the description tells of, as `schemas.json_schema.dialects` writes them."""
    text = str(schema.get("description", "")).rpartition("\n")[2]
    if not (text.startswith("{") and text.endswith("}")):
        return {}
    try:
        told = dict(json.loads(text))
        return {key: told[key] for key in NOTED if key in told}
    except (ValueError, TypeError):
        return {}


def _kind(schema: dict[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "required" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema:
        return "array"
    if "enum" in schema:
        return "enum"
    if {"minimum", "maximum", "multipleOf"} & schema.keys():
        return "number"
    return "string"


def digest(text: str) -> str:
    """A short stable id."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
