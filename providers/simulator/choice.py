"""Which of `anyOf` or `oneOf` the document speaks for."""

from typing import Any

from providers.simulator.numbers import covers
from providers.simulator.place import Place
from providers.simulator.shapes import Schema
from providers.simulator.wording import words


def fitness(branch: Schema, value: Any, place: Place) -> float:
    """How well a branch's value fits; the greatest wins."""
    if value is None:
        return 0.0
    if isinstance(value, dict):
        tagged = sum(_tag(name, child, place) for name, child in _constants(branch))
        return 1.0 + tagged + len(value) / 100
    if isinstance(value, list):
        return 0.6 if value else 0.1
    said = next(place.said(), None)
    if said is not None and not isinstance(value, bool):
        exact = covers(said) if isinstance(value, int | float) else str(value) == said
        return 0.9 if exact and ("pattern" in branch or not isinstance(value, str)) else 0.5
    return 0.5


def _constants(branch: Schema) -> list[tuple[str, str]]:
    properties = branch.get("properties", {})
    told = []
    for name, child in properties.items():
        if isinstance(child, dict):
            value = child.get("const", (child.get("enum") or [None])[0])
            single = "const" in child or len(child.get("enum") or []) == 1
            if single and isinstance(value, str):
                told.append((name, value))
    return told


def _tag(name: str, value: str, place: Place) -> float:
    """What the document says for a tag: most when a label of its name says it."""
    wanted = set(words(value))
    for text in place.under(name, needed=True).said():
        return 4.0 if wanted <= set(words(text)) else -2.0
    low = place.document.text.lower()
    return 2.0 if wanted and all(word in low for word in wanted) else 0.0
