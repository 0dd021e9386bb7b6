"""A place in an answer: its name, and the part of the document that speaks of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from providers.simulator.document import Document
from providers.simulator.sections import Section
from providers.simulator.wording import words

MISSING: Any = object()  # the value of a place that has none
MAX_DEPTH = 12  # of places that may have none; past it only what is required is filled
EXACT = 0.9  # how like a label outside must be to be taken


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a value goes, and where to look for it."""

    document: Document
    name: str = ""
    owner: tuple[str, ...] = ()  # the words of the object that the value is a property of
    title: tuple[str, ...] = ()  # the schema's own words for it
    outer: Document | None = None  # what `document` is a part of
    shared: bool = True  # whether labels outside may speak of it
    needed: bool = True  # the schema requires a value
    depth: int = 0
    refs: frozenset[str] = frozenset()  # references followed on the way here
    turn: int = 0  # asks for the next value, where values must differ

    @property
    def names(self) -> tuple[str, ...]:
        return words(self.name)

    def but(self, **changes: Any) -> "Place":
        """The same place with other fields; `dataclasses.replace` takes five times as long."""
        other = object.__new__(Place)
        other.__dict__.update(self.__dict__, **changes)
        return other

    def under(self, name: str, *, needed: bool, title: str = "") -> "Place":
        """The place of a property of this one."""
        told = words(title) if len(title.split()) <= 6 else ()
        owner = self.names or self.owner
        return self.but(name=name, owner=owner, title=told, needed=needed, depth=self.depth + 1)

    def within(self, document: Document, *, shared: bool = True) -> "Place":
        """The same place in a part of the document."""
        return self.but(document=document, outer=self.document, shared=shared)

    def said(self) -> Iterator[str]:
        """What labels say of this place, the likest first; may repeat itself."""
        own, owned = self.names, (*self.owner, *self.names)
        if self.owner and not set(self.owner) & set(own):
            yield from self.document.told(owned, 0.8)
        if own:
            yield from self.document.told(own)
        if self.title:
            yield from self.document.told(self.title, 0.75)
        if self.outer is not None and not self.document.is_row:
            if self.owner:
                yield from self.outer.told(owned, 0.8)
            if own and self.shared:
                yield from self.outer.told(own, EXACT)

    def section(self) -> Section | None:
        """The section that the document has for this place."""
        return self.document.section(self.names) if self.name else None
