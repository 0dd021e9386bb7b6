"""Vectors drawn from a text's words: texts that share words are near. It is no model."""

import math
import re
from collections import Counter
from functools import lru_cache
from hashlib import blake2b

WORD = re.compile(r"\w+")


def vector(text: str, dimensions: int) -> list[float]:
    """A unit vector: each word, hashed to a place and a sign, weighs 1 + log of its count.

    Equal texts have equal vectors on every machine. A text without a word points at the first
    place.
    """
    found = [0.0] * dimensions
    for word, times in Counter(WORD.findall(text.lower())).items():
        number = _hash(word)
        found[(number >> 1) % dimensions] += (1 + math.log(times)) * (1 if number & 1 else -1)
    length = math.sqrt(sum(value * value for value in found))
    if not length:
        return [1.0] + [0.0] * (dimensions - 1)
    return [value / length for value in found]


@lru_cache(maxsize=65_536)
def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest())
