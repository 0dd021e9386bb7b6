"""Puts together what several parts of one document were found to say.

Objects field by field; lists one after the other, without what two neighbours both read in the
text that they share; of single values the first that says something, and who says otherwise is
told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.json_schema.likeness import Likeness, is_empty, likeness
from schemas.json_schema.overlaps import Shared, one_after_the_other
from schemas.json_schema.places import child_schema
from schemas.json_schema.pointers import escape
from schemas.json_schema.variants import is_set, is_tuple, variant_names

Schema = dict[str, Any]
MAX_CONFLICTS = 100
MAX_VALUES = 10  # of one conflict
MAX_TOLD = 200  # characters of a value in a conflict
MAX_ORIGINS = 10_000


@dataclass(frozen=True, kw_only=True)
class Part:
    """What the part number `index` of the document says."""

    index: int
    value: Any


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """A place where parts differ: the value taken comes first."""

    pointer: str
    values: tuple[dict[str, Any], ...]  # [{chunk, value}]

    def to_json(self) -> dict[str, Any]:
        return {"pointer": self.pointer, "values": list(self.values)}


@dataclass(frozen=True, kw_only=True)
class Combined:
    """The whole; `origins`: of its leaves, the number of the part and the pointer there."""

    value: Any
    conflicts: tuple[Conflict, ...]  # at most 100
    origins: dict[str, tuple[int, str]]


@dataclass(frozen=True, kw_only=True)
class _Said:
    """A value, by which part and where in its answer."""

    part: int
    at: str
    value: Any

    def below(self, step: object) -> "_Said":
        return _Said(part=self.part, at=f"{self.at}/{escape(step)}", value=self.value[step])


def combine(parts: Sequence[Part], schema: Schema, shared: Shared | None = None) -> Combined:
    """One value of the parts' values, in the order of the document; null when none says a thing.

    Without `shared`, items of a list that two neighbours have alike count as one. Needs a schema
    that lint passed.
    """
    made = _Combiner(schema, shared or (lambda _, items: [True] * len(items)))
    said = [_Said(part=part.index, at="", value=part.value) for part in parts]
    value = made.whole(said, schema, "") if said else None
    return Combined(value=value, conflicts=tuple(made.conflicts), origins=made.origins)


class _Combiner:
    def __init__(self, root: Schema, shared: Shared) -> None:
        self._root = root
        self._shared = shared
        self.conflicts: list[Conflict] = []
        self.origins: dict[str, tuple[int, str]] = {}

    def whole(self, said: Sequence[_Said], node: Any, at: str) -> Any:
        telling = [one for one in said if not is_empty(one.value)] or [
            one for one in said if one.value is not None
        ]
        if not telling:
            return None
        first = telling[0]
        alike = [one for one in telling if type(one.value) is type(first.value)]
        if not isinstance(first.value, dict | list):
            self._differ(telling, at)
            return self._copied(first, at)
        self._differ([first, *(one for one in telling if one not in alike)], at)
        if isinstance(first.value, dict):
            return self._object(alike, node, at)
        return self._list(alike, node, at)

    def _object(self, said: Sequence[_Said], node: Any, at: str) -> dict[str, Any]:
        said = self._one_variant(said, node, at)
        names = dict.fromkeys(name for one in said for name in one.value)
        out: dict[str, Any] = {}
        for name in names:
            below = [one.below(name) for one in said if name in one.value]
            inner = child_schema(self._root, node, said[0].value, name)
            out[name] = self.whole(below, inner, f"{at}/{escape(name)}")
        return out

    def _one_variant(self, said: Sequence[_Said], node: Any, at: str) -> Sequence[_Said]:
        """Without the objects that are of another kind, by a constant that tells kinds apart."""
        for name in sorted(variant_names(self._root, node)):
            having = [one for one in said if not is_empty(one.value.get(name))]
            if not having:
                continue
            mine = likeness(having[0].value[name])
            others = [one for one in having if likeness(one.value[name]) != mine]
            differing = [one.below(name) for one in (having[0], *others)]
            self._differ(differing, f"{at}/{escape(name)}")
            said = [one for one in said if one not in others]
        return said

    def _list(self, said: Sequence[_Said], node: Any, at: str) -> list[Any]:
        if is_tuple(self._root, node):
            return self._tuple(said, node, at)
        parts = {one.part: [one.below(i) for i in range(len(one.value))] for one in said}
        kept = one_after_the_other(parts, lambda one: one.value, self._shared)
        if is_set(self._root, node):
            first: dict[Likeness, _Said] = {}
            for k in kept:
                first.setdefault(likeness(k.value), k)
            kept = list(first.values())
        return [self._copied(k, f"{at}/{index}") for index, k in enumerate(kept)]

    def _tuple(self, said: Sequence[_Said], node: Any, at: str) -> list[Any]:
        out = []
        for index in range(max(len(one.value) for one in said)):
            below = [one.below(index) for one in said if index < len(one.value)]
            inner = child_schema(self._root, node, [], str(index))
            out.append(self.whole(below, inner, f"{at}/{index}"))
        return out

    def _differ(self, said: Sequence[_Said], at: str) -> None:
        """Tell of values that are not alike."""
        found = {likeness(one.value): one for one in reversed(said)}
        if len(found) < 2 or len(self.conflicts) >= MAX_CONFLICTS:
            return
        distinct = [one for one in said if found[likeness(one.value)] is one][:MAX_VALUES]
        values = tuple({"chunk": one.part, "value": _short(one.value)} for one in distinct)
        self.conflicts.append(Conflict(pointer=at, values=values))

    def _copied(self, said: _Said, at: str) -> Any:
        """The value, with its leaves' origins noted."""
        stack = [("", said.value)]
        while stack and len(self.origins) < MAX_ORIGINS:
            inner, value = stack.pop()
            if isinstance(value, dict):
                below = [(f"{inner}/{escape(name)}", child) for name, child in value.items()]
                stack += reversed(below)
            elif isinstance(value, list):
                below = [(f"{inner}/{index}", child) for index, child in enumerate(value)]
                stack += reversed(below)
            else:
                self.origins[at + inner] = (said.part, said.at + inner)
        return said.value


def _short(value: Any) -> Any:
    if isinstance(value, dict | list):
        return str(value)[:MAX_TOLD]
    return value[:MAX_TOLD] if isinstance(value, str) else value
