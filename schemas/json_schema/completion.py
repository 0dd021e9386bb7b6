"""Fills in what must be there and says nothing: null, an empty list, an object of such.

Parts of a document leave out what they do not say; of the whole a schema may want it said that
there is nothing.
"""

import copy
from collections.abc import Iterator
from typing import Any

from schemas.json_schema.places import child_schema, required_names
from schemas.json_schema.pointers import escape, resolve
from schemas.json_schema.transplant import Transplant
from schemas.json_schema.validate import Checker

Schema = dict[str, Any]
MISSING: Any = object()
MAX_DEPTH = 16  # objects inside one another that are made of nothing
MAX_HOPS = 32  # references and alternatives inside one another
ALTERNATIVES = ("anyOf", "oneOf")


def completed(value: Any, schema: Schema) -> tuple[Any, tuple[str, ...]]:
    """A copy with what is required, and where it was put. Needs a schema that lint passed.

    What must say something stays missing, so the copy may not satisfy the schema either.
    """
    made = _Filler(schema)
    out = copy.deepcopy(value)
    stack = [("", out, schema)]
    while stack:
        at, node, said = stack.pop()
        if isinstance(node, dict):
            made.fill(node, said, at)
        if isinstance(node, dict | list):
            steps = list(node) if isinstance(node, dict) else range(len(node))
            for step in steps:
                inner = child_schema(schema, said, node, str(step))
                stack.append((f"{at}/{escape(step)}", node[step], inner))
    return out, tuple(made.places)


class _Filler:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._known: dict[int, tuple[Any, Any]] = {}  # (the subschema, what satisfies it)
        self.places: list[str] = []

    def fill(self, value: dict[str, Any], node: Any, at: str) -> None:
        for name in self._needed(node):
            if name in value:
                continue
            nothing = self._nothing(child_schema(self._root, node, value, name), 0)
            if nothing is not MISSING:
                value[name] = copy.deepcopy(nothing)
                self.places.append(f"{at}/{escape(name)}")

    def _nothing(self, node: Any, depth: int) -> Any:
        """What says nothing and satisfies a subschema, or MISSING."""
        if not isinstance(node, dict):
            return MISSING if node is False else None
        if id(node) not in self._known:
            self._known[id(node)] = node, self._found(node, depth)
        return self._known[id(node)][1]

    def _found(self, node: Schema, depth: int) -> Any:
        transplant = Transplant(self._root)
        own = transplant.copy(node)
        checker = Checker({**own, "$defs": transplant.definitions})
        if not checker.errors(None):
            return None
        if not checker.errors([]):
            return []
        made: dict[str, Any] = {}
        for name in self._needed(node) if depth < MAX_DEPTH else ():
            inner = self._nothing(child_schema(self._root, node, made, name), depth + 1)
            if inner is MISSING:
                return MISSING
            made[name] = inner
        return MISSING if checker.errors(made) else made

    def _needed(self, node: Any, hops: int = MAX_HOPS) -> Iterator[str]:
        """Names that an object must have, also as the one alternative that is an object."""
        if not isinstance(node, dict) or hops < 0:
            return
        yield from required_names(self._root, node)
        for part in self._together(node):
            for key in ALTERNATIVES:
                branches = [b for b in part.get(key, ()) if self._is_object(b, hops)]
                if len(branches) == 1:
                    yield from self._needed(branches[0], hops - 1)

    def _together(self, node: Any, hops: int = MAX_HOPS) -> Iterator[Schema]:
        if not isinstance(node, dict) or hops < 0:
            return
        yield node
        if "$ref" in node:
            yield from self._together(resolve(self._root, node["$ref"]), hops - 1)
        for part in node.get("allOf", ()):
            yield from self._together(part, hops - 1)

    def _is_object(self, node: Any, hops: int) -> bool:
        return any(
            part.get("type") == "object" or "required" in part
            for part in self._together(node, hops)
        )
