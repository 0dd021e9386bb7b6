"""Lists of neighbouring parts as one: what both read in the text that they share counts once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from schemas.json_schema.likeness import Likeness, is_within, likeness

NEAR = 2  # items at a part's edge that may be cut off there
EDGE = 100  # items of the other part that such a one may be
# (number of a part, items that it and the one before it say): which of them the shared text says
Shared = Callable[[int, Sequence[Any]], Sequence[bool]]
T = TypeVar("T")


@dataclass(eq=False)
class _Kept(Generic[T]):
    item: T
    value: Any
    like: Likeness


def one_after_the_other(
    parts: Mapping[int, Sequence[T]], value_of: Callable[[T], Any], shared: Shared
) -> list[T]:
    """The items of all parts, in order. Of two that are one, what says more is kept.

    `parts`: items by the part's number, in order. Two items are one when neighbours have them,
    they are alike or one is the other cut off, and `shared` says that both could read it.
    """
    kept: list[_Kept[T]] = []
    before: list[_Kept[T]] = []
    last = None
    for part, items in parts.items():
        mine = [_kept(item, value_of(item)) for item in items]
        pairs = _pairs(before if last == part - 1 else [], mine)
        said = shared(part, [_less(*pair).value for pair in pairs]) if pairs else []
        double = [pair for pair, is_double in zip(pairs, said, strict=True) if is_double]
        for old, new in double:
            if new.like != old.like and _less(old, new) is old:
                old.item, old.value, old.like = new.item, new.value, new.like
        dropped = {id(new) for _, new in double}
        before, last = [new for new in mine if id(new) not in dropped], part
        kept += before
    return [one.item for one in kept]


def _kept(item: T, value: Any) -> _Kept[T]:
    return _Kept(item=item, value=value, like=likeness(value))


def _pairs(
    before: Sequence[_Kept[T]], after: Sequence[_Kept[T]]
) -> list[tuple[_Kept[T], _Kept[T]]]:
    """Items of two neighbours that may be one, each in one pair only."""
    alike: dict[Likeness, list[_Kept[T]]] = {}
    for old in reversed(before):
        alike.setdefault(old.like, []).append(old)
    taken: set[int] = set()
    found = []
    for index, new in enumerate(after):
        same = alike.get(new.like)
        edge = before[-EDGE if index < NEAR else -NEAR :] if not same and index < EDGE else []
        cut = (k for k in edge if id(k) not in taken and _cut_off(k, new))
        first = same.pop() if same else next(cut, None)
        if first is not None and id(first) not in taken:
            taken.add(id(first))
            found.append((first, new))
    return found


def _cut_off(one: _Kept[T], other: _Kept[T]) -> bool:
    return is_within(one.value, other.value) or is_within(other.value, one.value)


def _less(one: _Kept[T], other: _Kept[T]) -> _Kept[T]:
    """The one that says less, or the first."""
    return one if is_within(one.value, other.value) else other
