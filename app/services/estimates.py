"""How many tokens a call of an extract job takes, reckoned before it is made."""

import json
from collections.abc import Mapping
from typing import Any

from app.services.chunks import is_chunk
from providers.routing.candidates import ANSWER, characters_to_tokens

MOST = 10**9
PREAMBLE = 400  # characters that every prompt begins with


def shared_characters(given: Mapping[str, Any]) -> int:
    """What each call of a job has of it, whatever its item."""
    return PREAMBLE + len(json.dumps(given.get("schema")))


def call_tokens(
    given: Mapping[str, Any], item: Mapping[str, Any] | None = None, shared: int | None = None
) -> int:
    """In and out together; `shared` saves counting the same characters for each item."""
    own = item or {}
    asked = sum(len(own.get(name) or given.get(name) or "") for name in ("prompt", "document"))
    if is_chunk(item):
        asked = len(given["prompt"]) + own["end"] - own["start"]
    shared = shared_characters(given) if shared is None else shared
    found = characters_to_tokens(asked + shared) + (given.get("max_output_tokens") or ANSWER)
    return min(found, MOST)
