"""Fills in an object: its properties, and names that have no schema of their own."""

from collections.abc import Callable
from typing import Any

from providers.simulator.document import Document
from providers.simulator.patterns import example
from providers.simulator.place import MISSING, Place
from providers.simulator.shapes import Schema, Shapes

NAMING = {"patternProperties", "propertyNames", "maxProperties"}  # a label may break them


class Objects:
    """`fill` makes the value of a property."""

    def __init__(self, shapes: Shapes, fill: Callable[[Any, Place], Any]) -> None:
        self._shapes = shapes
        self._fill = fill

    def fill(self, schema: Schema, place: Place) -> Any:
        properties = schema.get("properties", {})
        needed = [n for n in schema.get("required", []) if isinstance(n, str)]
        place = self._scoped(place)
        twins = _twins(properties)
        value: dict[str, Any] = {}
        for name, child in properties.items():
            title = str(child.get("title", "")) if isinstance(child, dict) else ""
            inner = place.under(name, needed=name in needed, title=title)
            made = self._fill(child, inner.but(shared=name not in twins))
            if made is not MISSING:
                value[name] = made
        found = bool(value)
        self._add_names(schema, value, needed, place)
        return value if found or place.needed else MISSING

    def _scoped(self, place: Place) -> Place:
        """The part of the document that speaks of this object, if it has one."""
        if not place.name or place.document.is_row or not place.depth:
            return place
        section = place.section()
        if section is not None:
            return place.within(Document(section.text), shared=place.shared)
        told = next(iter(place.document.told(place.names, 0.85)), None)
        if told is not None and not place.shared:
            named = {"name": told.split(", ")[0], "address": ", ".join(told.split(", ")[1:])}
            return place.within(Document(told.replace(", ", "\n"), row=named), shared=False)
        return place

    def _add_names(
        self, schema: Schema, value: dict[str, Any], needed: list[str], place: Place
    ) -> None:
        """Properties that are required, or wanted by count, but have no schema of their own."""
        other = self._other(schema)
        self._add_needed(schema, value, needed, place, other)
        if not schema.get("properties") and other is not False and place.name:
            self._add_told(schema, value, place, other)
        least = schema.get("minProperties", 0)
        for index in range(least + len(value)):
            if len(value) >= least or other is False:
                break
            name = self._name(schema, index)
            value[name] = self._fill(other, place.under(name, needed=True))

    def _add_needed(
        self, schema: Schema, value: dict[str, Any], needed: list[str], place: Place, other: Any
    ) -> None:
        dependent = schema.get("dependentRequired", {})
        needed = [*needed, *(n for k, names in dependent.items() if k in value for n in names)]
        for name in needed:
            if name not in value:
                child = schema.get("properties", {}).get(name, other)
                made = self._fill(child, place.under(name, needed=True))
                if made is not MISSING:
                    value[name] = made

    def _add_told(self, schema: Schema, value: dict[str, Any], place: Place, other: Any) -> None:
        """A map's entries: the document's labels."""
        for label in place.document.labels[:50]:
            row = Document(label.value, row={label.key: label.value})
            made = self._fill(other, place.within(row).under(label.key, needed=True))
            if made is not MISSING and not schema.keys() & NAMING:
                value[label.key] = made

    def _other(self, schema: Schema) -> Any:
        """The schema of properties that have no name."""
        for child in schema.get("patternProperties", {}).values():
            return child
        other = schema.get("additionalProperties", {"type": "string"})
        return {"type": "string"} if other in (True, {}) else other

    def _name(self, schema: Schema, index: int) -> str:
        names = self._shapes.flat(schema.get("propertyNames", {}))[0]
        if names.get("enum"):
            return str(names["enum"][index % len(names["enum"])])
        pattern = next(iter(schema.get("patternProperties", {})), names.get("pattern"))
        made = example(pattern, turn=index) if isinstance(pattern, str) else None
        return made or f"key_{index + 1}"


def _twins(properties: dict[str, Any]) -> set[str]:
    """Objects of the same shape, such as two parties: what is said of one is not of the other."""
    by_shape: dict[str, list[str]] = {}
    for name, child in properties.items():
        if isinstance(child, dict) and ("$ref" in child or "properties" in child):
            shape = child.get("$ref") or " ".join(sorted(child["properties"]))
            by_shape.setdefault(str(shape), []).append(name)
    return {name for names in by_shape.values() if len(names) > 1 for name in names}
