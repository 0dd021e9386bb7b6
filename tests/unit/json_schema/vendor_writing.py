"""What a vendor is asked for natively, and how it would write a value."""

from collections.abc import Iterator
from typing import Any

from schemas.json_schema.dialects import WRAP, Plan, plan
from schemas.json_schema.validate import checker_for


def native(schema: dict[str, Any], dialect: str) -> dict[str, Any]:
    shaped = plan(schema, dialect)
    assert shaped.mode == "native"
    assert shaped.schema is not None
    return shaped.schema


def pair(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


def pairs_of(relaxed: Any, root: dict[str, Any]) -> bool:
    """Whether a map is asked for as a list here."""
    items = relaxed.get("items", {})
    items = root["$defs"][items["$ref"].removeprefix("#/$defs/")] if "$ref" in items else items
    return list(items.get("properties", ())) == ["key", "value"]


def encodings(value: Any, relaxed: dict[str, Any], root: dict[str, Any]) -> Iterator[Any]:
    """How a vendor would write a value: absent properties as null, maps as pairs."""
    if "$ref" in relaxed:
        relaxed = root["$defs"][relaxed["$ref"].removeprefix("#/$defs/")]
    if "anyOf" in relaxed:
        for branch in relaxed["anyOf"]:
            yield from encodings(value, branch, root)
    elif isinstance(value, dict) and relaxed.get("type") == "array":
        if pairs_of(relaxed, root):
            yield from encodings([pair(k, v) for k, v in value.items()], relaxed, root)
    elif isinstance(value, dict) and relaxed.get("type") == "object":
        known = relaxed["properties"].keys()
        rest = [n for n in known if n.rstrip("_") == "other_properties"
                and pairs_of(relaxed["properties"][n], root)][-1:]  # fmt: skip
        others = {n: v for n, v in value.items() if n not in known - set(rest)}
        if rest:
            value = {**{n: v for n, v in value.items() if n not in others}, rest[0]: others}
        elif others and relaxed.get("additionalProperties") is False:
            return
        out = {} if rest else dict(others)
        for name, child in relaxed["properties"].items():
            if name not in value:
                if name in relaxed["required"]:
                    out[name] = None
            else:
                first = next(encodings(value[name], child, root), None)
                if first is None:
                    return
                out[name] = first[0]
        if fits(out, relaxed, root):
            yield (out,)
    elif isinstance(value, list) and relaxed.get("type") == "array":
        parts = [next(encodings(v, relaxed["items"], root), None) for v in value]
        if None not in parts:
            yield ([part[0] for part in parts if part],)
    elif fits(value, relaxed, root):
        yield (value,)


def fits(value: Any, relaxed: dict[str, Any], root: dict[str, Any]) -> bool:
    return not checker_for({**relaxed, "$defs": root.get("$defs", {})}).errors(value)


def encoded(shaped: Plan, value: Any) -> Any:
    assert shaped.schema is not None
    value = {WRAP: value} if shaped.wrapped else value
    found = next(encodings(value, shaped.schema, shaped.schema), None)
    assert found is not None, "the relaxed schema does not cover a valid instance"
    return found[0]
