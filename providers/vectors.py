"""Holds an answer of vectors against the texts that were asked about."""

from collections.abc import Sequence
from typing import Any

from providers.errors import IncompleteAnswer, InvalidRequest
from providers.types import EmbeddingRequest

MOST = 1e300  # less than a float can hold; JSON can say more
Vectors = tuple[tuple[float, ...], ...]


def checked(found: Sequence[Any], request: EmbeddingRequest) -> Vectors:
    """One vector a text, all of one length, of finite numbers.

    Raises IncompleteAnswer, or InvalidRequest when the model does not give the asked dimensions.
    """
    if len(found) != len(request.texts):
        raise IncompleteAnswer(f"{len(found)} vectors came for {len(request.texts)} texts")
    vectors = tuple(_vector(one) for one in found)
    lengths = {len(vector) for vector in vectors}
    if len(lengths) != 1:
        raise IncompleteAnswer("the vectors differ in their number of dimensions")
    if request.dimensions is not None and lengths != {request.dimensions}:
        given = lengths.pop()
        raise InvalidRequest(f"the model gave {given} dimensions, not {request.dimensions}")
    return vectors


def in_order(rows: Sequence[tuple[Any, Any]]) -> list[Any]:
    """The vectors of (index, vector) rows by their index; as they come when none has one.

    Raises IncompleteAnswer when an index is missing, doubled or out of range.
    """
    if all(index is None for index, _ in rows):
        return [vector for _, vector in rows]
    if any(type(index) is not int for index, _ in rows):
        raise IncompleteAnswer("a vector has no index")
    if sorted(index for index, _ in rows) != list(range(len(rows))):
        raise IncompleteAnswer("the vectors' indexes are not those of the texts")
    return [vector for _, vector in sorted(rows, key=lambda row: row[0])]


def _vector(found: Any) -> tuple[float, ...]:
    if not isinstance(found, list) or not found:
        raise IncompleteAnswer("an answer's vector is missing")
    if not all(type(n) in (int, float) and -MOST < n < MOST for n in found):
        raise IncompleteAnswer("a vector holds what is no number")
    return tuple(float(n) for n in found)
