"""Walks a schema with a document at hand, and fills in the values."""

from typing import Any

from providers.simulator.choice import fitness
from providers.simulator.document import Document
from providers.simulator.leaves import leaf
from providers.simulator.lists import parts
from providers.simulator.patterns import example
from providers.simulator.place import Place
from providers.simulator.shapes import NEVER, Schema, Shapes, kind_of, merged, nullable, smallest

MAX_DEPTH = 12
DEEPEST = 2 * MAX_DEPTH  # of what is required, where a schema requires itself
MAX_NODES = 5_000  # values made for one answer; past it only what is required
MOST_NODES = 8 * MAX_NODES  # past it not even that
MAX_ELEMENTS = 200  # taken from a document for one array
MISSING: Any = object()


class Filler:
    """Fills one schema. `seed` turns the choices that the document leaves open."""

    endless = False  # something that is required had no end, and was cut short

    def __init__(self, root: Any, seed: int = 0) -> None:
        self._shapes = Shapes(root)
        self._seed = seed
        self._nodes = 0

    def fill(self, schema: Any, place: Place) -> Any:
        """A value, or MISSING when nothing was found and nothing is needed."""
        flat, refs = self._shapes.flat(schema)
        self._nodes += 1
        spent = place.depth > MAX_DEPTH or self._nodes > MAX_NODES
        if not place.needed and (spent or refs & place.refs):
            return MISSING
        if self._endless(refs, place):
            self.endless = True
            return smallest(flat)
        place = place.but(refs=place.refs | refs)
        if "const" in flat:
            return self._const(flat["const"], place)
        for key in ("anyOf", "oneOf"):
            if flat.get(key):
                return self._choose(flat, key, place)
        kind = kind_of(flat)
        if kind == "object":
            return self._object(flat, place)
        if kind == "array":
            return self._array(flat, place)
        if flat == NEVER:
            return MISSING
        value = leaf(flat, kind, place)
        if value is None and kind != "null" and None not in flat.get("enum", ()):
            return None if nullable(flat) and place.needed else MISSING
        return value

    def _endless(self, refs: frozenset[str], place: Place) -> bool:
        """Whether what is required goes on for ever. Raises RecursionError past MOST_NODES."""
        if self._nodes > MOST_NODES:
            raise RecursionError("the schema requires too much")
        far = place.depth > DEEPEST or self._nodes > MAX_NODES
        return far and bool(refs & place.refs)

    def _const(self, value: Any, place: Place) -> Any:
        if place.needed or not isinstance(value, str):
            return value
        return value if place.document.lines_about(place.names) or place.depth <= 1 else MISSING

    def _choose(self, schema: Schema, key: str, place: Place) -> Any:
        base = {k: v for k, v in schema.items() if k not in (key, "title", "description")}
        branches = [merged(base, b) if isinstance(b, dict) else base for b in schema[key]]
        turned = self._seed % len(branches)
        branches = branches[turned:] + branches[:turned]
        if place.depth > MAX_DEPTH:
            return self._any_branch(branches, place)
        best, score = MISSING, -1.0
        for branch in branches:
            value = self.fill(branch, place.but(needed=False, depth=place.depth + 1))
            fit = fitness(branch, value, place)
            if value is not MISSING and fit > score:
                whole = self.fill(branch, place.but(depth=place.depth + 1))
                best, score = (whole, fit) if whole is not MISSING else (best, score)
        if best is MISSING and place.needed:
            return self._any_branch(branches, place)
        return best

    def _any_branch(self, branches: list[Schema], place: Place) -> Any:
        """The first choice that can be made without the document: a plain one, if any."""
        flats = [self._shapes.flat(b) for b in branches]

        def cost(index: int) -> tuple[bool, bool]:
            flat, refs = flats[index]
            nests = kind_of(flat) in ("object", "array")
            return bool(refs & place.refs), nests and (bool(refs) or place.depth > MAX_DEPTH)

        for index in sorted(range(len(branches)), key=cost):
            value = self.fill(branches[index], place.but(depth=place.depth + 1))
            if value is not MISSING:
                return value
        return MISSING

    def _object(self, schema: Schema, place: Place) -> Any:
        properties = schema.get("properties", {})
        needed = [n for n in schema.get("required", []) if isinstance(n, str)]
        place = self._scoped(place)
        twins = _twins(properties)
        value: dict[str, Any] = {}
        for name, child in properties.items():
            title = str(child.get("title", "")) if isinstance(child, dict) else ""
            inner = place.under(name, needed=name in needed, title=title)
            made = self.fill(child, inner.but(shared=name not in twins))
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
        dependent = schema.get("dependentRequired", {})
        needed = [*needed, *(n for k, names in dependent.items() if k in value for n in names)]
        other = self._other(schema)
        properties = schema.get("properties", {})
        for name in needed:
            if name not in value:
                child = properties.get(name, other)
                made = self.fill(child, place.under(name, needed=True))
                if made is not MISSING:
                    value[name] = made
        if not properties and other is not False and place.name:
            for label in place.document.labels[:50]:
                row = Document(label.value, row={label.key: label.value})
                made = self.fill(other, place.within(row).under(label.key, needed=True))
                if made is not MISSING and self._nameable(schema, label.key):
                    value[label.key] = made
        for index in range(schema.get("minProperties", 0) + len(value)):
            if len(value) >= schema.get("minProperties", 0) or other is False:
                break
            name = self._name(schema, index)
            value[name] = self.fill(other, place.under(name, needed=True))

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

    def _nameable(self, schema: Schema, name: str) -> bool:
        return not schema.keys() & {"patternProperties", "propertyNames", "maxProperties"}

    def _array(self, schema: Schema, place: Place) -> Any:
        prefix = schema.get("prefixItems", [])
        inner = place.but(depth=place.depth + 1, needed=True)
        values = [self.fill(p, inner) for p in prefix]
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
            made.append(self.fill(items, inner.but(owner=(), name="" if names else place.name)))
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
                value = self.fill(item, place.but(turn=place.turn + turn))
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
            value = self.fill(items, place.but(turn=turn))
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


def _twins(properties: dict[str, Any]) -> set[str]:
    """Objects of the same shape, such as two parties: what is said of one is not of the other."""
    by_shape: dict[str, list[str]] = {}
    for name, child in properties.items():
        if isinstance(child, dict) and ("$ref" in child or "properties" in child):
            shape = child.get("$ref") or " ".join(sorted(child["properties"]))
            by_shape.setdefault(str(shape), []).append(name)
    return {name for names in by_shape.values() if len(names) > 1 for name in names}
