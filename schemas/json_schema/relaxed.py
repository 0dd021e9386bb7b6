"""What a vendor's dialect does not enforce of a schema, or is asked for in another way."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from schemas.json_schema.pointers import escape, walk
from schemas.json_schema.shaping import NOTED, Dialect, is_plain

MOST = 100  # that are told of
TOLD = "not enforced by the vendor; said to the model, and checked afterwards"
CHECKED = "not enforced by the vendor; checked afterwards"
CHECKED_ONLY = (
    *("contains", "minContains", "maxContains", "propertyNames", "dependentRequired"),
    *("dependentSchemas", "if", "not", "unevaluatedProperties", "unevaluatedItems"),
)


@dataclass(frozen=True, kw_only=True)
class Relaxation:
    """One thing that is asked for in another way, or only checked afterwards."""

    pointer: str  # to the keyword or property, in the client's schema
    keyword: str
    detail: str


ROOT = Relaxation(
    pointer="",
    keyword="type",
    detail="the root is asked for inside an object, and taken out again",
)


def dropped(schema: dict[str, Any], dialect: Dialect) -> Iterator[Relaxation]:
    """Of a schema that lint passed and the dialect can express; at most 100."""
    return islice(_all(schema, dialect), MOST)


def _all(schema: dict[str, Any], dialect: Dialect) -> Iterator[Relaxation]:
    for pointer, node in walk(schema):
        yield from _of_node(pointer, node, dialect)


def _of_node(pointer: str, node: dict[str, Any], dialect: Dialect) -> Iterator[Relaxation]:
    for keyword in sorted(node.keys() & set(NOTED)):
        if not _passes(keyword, node[keyword], dialect):
            yield Relaxation(pointer=f"{pointer}/{keyword}", keyword=keyword, detail=TOLD)
    for keyword in sorted(node.keys() & set(CHECKED_ONLY)):
        yield Relaxation(pointer=f"{pointer}/{keyword}", keyword=keyword, detail=CHECKED)
    if "oneOf" in node:
        detail = "asked for as anyOf; that no second alternative holds is checked afterwards"
        yield Relaxation(pointer=f"{pointer}/oneOf", keyword="oneOf", detail=detail)
    if dialect.closes:
        yield from _closed(pointer, node)
    if dialect.nullable:
        needed = set(node.get("required", ()))
        for name in (n for n in node.get("properties", {}) if n not in needed):
            at = f"{pointer}/properties/{escape(name)}"
            detail = "optional: asked for as null when absent, and dropped again"
            yield Relaxation(pointer=at, keyword="required", detail=detail)


def _closed(pointer: str, node: dict[str, Any]) -> Iterator[Relaxation]:
    extra = node.get("additionalProperties", True)
    maps = ["additionalProperties"] if isinstance(extra, dict) and extra else []
    maps += ["patternProperties"] if node.get("patternProperties") else []
    for keyword in maps:
        detail = "asked for as a list of {key, value} pairs, and put back"
        yield Relaxation(pointer=f"{pointer}/{keyword}", keyword=keyword, detail=detail)
    if "properties" in node and not maps and extra is not False:
        detail = "the vendor allows no other properties"
        yield Relaxation(pointer=pointer, keyword="additionalProperties", detail=detail)


def _passes(keyword: str, value: Any, dialect: Dialect) -> bool:
    if keyword == "format":
        return value in dialect.formats
    if keyword == "minItems" and dialect.max_min_items is not None:
        return bool(value <= dialect.max_min_items)
    return keyword in dialect.keeps and (keyword != "pattern" or is_plain(value))
