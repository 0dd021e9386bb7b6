"""Whether two values say the same, whatever their case, width, white space and order of keys."""

import unicodedata
from collections.abc import Hashable
from typing import Any

Likeness = Hashable  # equal for values that are alike


def likeness(value: Any) -> Likeness:
    """Nulls inside objects count as not there; 1 and 1.0 are alike, 1 and true are not."""
    if isinstance(value, dict):
        said = {name: child for name, child in value.items() if child is not None}
        return ("object", frozenset((name, likeness(child)) for name, child in said.items()))
    if isinstance(value, list):
        return ("list", *map(likeness, value))
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    return (isinstance(value, bool), value)


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: null, or no text, item or property."""
    return value is None or (isinstance(value, str | list | dict) and not value)


def is_within(small: Any, large: Any) -> bool:
    """Whether all that `small` says, and it says something, `large` says too.

    Texts, numbers and truth values must be alike; one alone is within none but itself.
    """
    if isinstance(small, dict) and isinstance(large, dict):
        said = {name: child for name, child in small.items() if not is_empty(child)}
        return bool(said) and all(
            name in large and _holds(child, large[name]) for name, child in said.items()
        )
    return likeness(small) == likeness(large)


def _holds(small: Any, large: Any) -> bool:
    if isinstance(small, list) and isinstance(large, list):
        return all(any(_holds(item, other) for other in large) for item in small)
    if isinstance(small, dict) and isinstance(large, dict):
        return is_within(small, large)
    return likeness(small) == likeness(large)
