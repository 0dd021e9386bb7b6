"""How many tokens a call of an extract job takes, reckoned before it is made."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.services.chunks import is_chunk
from app.services.pictures import pictures_of, tokens_of
from providers.routing.candidates import ANSWER, characters_to_tokens

MOST = 10**9
LONGEST_NAMES = 500  # characters: they are the key of an index
PREAMBLE = 400  # characters that every prompt begins with


def any_of(models: Sequence[str]) -> str:
    """The deployments that may serve a stage, as the relay reads them; as many as fit."""
    names = ""
    for model in models:
        if " " in model or len(names) + len(model) >= LONGEST_NAMES:
            break
        names = f"{names} {model}".lstrip()
    return names


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
    found = characters_to_tokens(asked + shared) + tokens_of(pictures_of(given, item))
    return min(found + (given.get("max_output_tokens") or ANSWER), MOST)
