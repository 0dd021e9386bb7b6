"""What detectors find: stretches of a text, never the text itself."""

import re
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, order=True)
class Span:
    """One value in a text, at [start, end)."""

    start: int
    end: int
    kind: str


class Detector(Protocol):
    """Finds values of some kinds. Spans may overlap; a value holds no "[" or "]"."""

    @property
    def kinds(self) -> Set[str]: ...

    def find(self, text: str, kinds: Set[str]) -> Iterable[Span]: ...


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A detector of one kind."""

    kind: str
    search: Callable[[str], Iterable[tuple[int, int]]]

    @property
    def kinds(self) -> Set[str]:
        return {self.kind}

    def find(self, text: str, kinds: Set[str]) -> Iterable[Span]:
        if self.kind in kinds:
            for start, end in self.search(text):
                yield Span(start=start, end=end, kind=self.kind)


def overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches from every start, not only after the last match's end. Bounded patterns only."""
    at = 0
    while match := pattern.search(text, at):
        yield match
        at = match.start() + 1
