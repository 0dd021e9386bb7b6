"""Walks a schema with a document at hand, and fills in the values."""

from typing import Any

from providers.simulator.arrays import Arrays
from providers.simulator.choice import fitness
from providers.simulator.leaves import leaf
from providers.simulator.objects import Objects
from providers.simulator.place import MAX_DEPTH, MISSING, Place
from providers.simulator.shapes import NEVER, Schema, Shapes, kind_of, merged, nullable, smallest

DEEPEST = 2 * MAX_DEPTH  # of what is required, where a schema requires itself
MAX_NODES = 5_000  # values made for one answer; past it only what is required
MOST_NODES = 8 * MAX_NODES  # past it not even that


class Filler:
    """Fills one schema. `seed` turns the choices that the document leaves open."""

    endless = False  # something that is required had no end, and was cut short

    def __init__(self, root: Any, seed: int = 0) -> None:
        self._shapes = Shapes(root)
        self._seed = seed
        self._nodes = 0
        self._objects = Objects(self._shapes, self.fill)
        self._arrays = Arrays(self._shapes, self.fill)

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
            return self._objects.fill(flat, place)
        if kind == "array":
            return self._arrays.fill(flat, place)
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
