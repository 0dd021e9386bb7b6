"""What the Gemini SDK makes of an answer that is no JSON object."""

from collections.abc import Iterator
from contextlib import contextmanager

from providers.errors import IncompleteAnswer


@contextmanager
def reading() -> Iterator[None]:
    """Around one call: the SDK walks into a list or a number as if it were an object."""
    try:
        yield
    except TypeError:
        raise IncompleteAnswer("the answer could not be read") from None
