"""Fills in an array: from the document's tables and lists, or made up."""

from collections.abc import Callable
from typing import Any

from providers.simulator.lists import parts
from providers.simulator.place import MAX_DEPTH, MISSING, Place
from providers.simulator.shapes import Schema, Shapes, merged

MAX_ELEMENTS = 200  # taken from a document for one array


class Arrays:
    """`fill` makes the value of an element."""

    def __init__(self, shapes: Shapes, fill: Callable[[Any, Place], Any]) -> None:
        self._shapes = shapes
        self._fill = fill

    def fill(self, schema: Schema, place: Place) -> Any:
        prefix = schema.get("prefixItems", [])
        inner = place.but(depth=place.depth + 1, needed=True)
        values = [self._fill(p, inner) for p in prefix]
        if any(v is MISSING for v in values):
            return MISSING
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", MAX_ELEMENTS), MAX_ELEMENTS + least)
        items = schema.get("items", {"type": "string"} if not prefix else False)
        found = False
        if items is not False and not place.turn and not place.document.is_row:
            for value in self._drawn(items, inner):
                if len(values) < most and not (schema.get("uniqueItems") and _in(value, values)):
                    values.append(value)
                    found = True
        self._contained(schema, values, inner)
        self._topped_up(schema, items, values, inner, least)
        return values[:most] if found or place.needed else MISSING

    def _drawn(self, items: Any, place: Place) -> list[Any]:
        """Elements from the document's tables and lists."""
        flat, refs = self._shapes.flat(items)
        if refs & place.refs or place.depth > MAX_DEPTH:
            return []
        names = self._properties(flat)
        made = []
        for part in parts(flat, names, place)[:MAX_ELEMENTS]:
            inner = place.within(part)
            made.append(self._fill(items, inner.but(owner=(), name="" if names else place.name)))
        return [value for value in made if value is not MISSING]

    def _properties(self, flat: Schema) -> frozenset[str]:
        names = set(flat.get("properties", {}))
        for key in ("anyOf", "oneOf"):
            for branch in flat.get(key, ()):
                names |= set(self._shapes.flat(branch)[0].get("properties", {}))
        return frozenset(names)

    def _contained(self, schema: Schema, values: list[Any], place: Place) -> None:
        if "contains" in schema:
            for turn in range(schema.get("minContains", 1)):
                item = merged(_dict(schema.get("items")), _dict(schema["contains"]))
                value = self._fill(item, place.but(turn=place.turn + turn))
                if value is not MISSING and not _in(value, values):
                    values.append(value)

    def _topped_up(
        self, schema: Schema, items: Any, values: list[Any], place: Place, least: int
    ) -> None:
        """Made-up elements, while the array is too short."""
        if items is False:
            return
        turn = place.turn
        for _ in range(4 * least + 8):
            if len(values) >= least:
                return
            value = self._fill(items, place.but(turn=turn))
            turn += 1
            if value is MISSING:
                return
            if not (schema.get("uniqueItems") and _in(value, values)):
                values.append(value)


def _dict(schema: Any) -> Schema:
    return schema if isinstance(schema, dict) else {}


def _in(value: Any, values: list[Any]) -> bool:
    """Whether an equal value is there; true is not 1."""
    return any(type(value) is type(v) and value == v for v in values)
