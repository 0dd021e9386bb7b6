"""One chunk of a long document: how large it may be, and what it is asked."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.repositories.claims import Claim
from providers.capabilities import Capabilities
from providers.routing.candidates import characters_to_tokens
from schemas.json_schema.partial import partial
from schemas.kept import Kept

LEAST, MOST = 200, 200_000  # tokens of a chunk
OVERLAP = 20  # chunks share a twentieth by default
MARGIN = 500  # tokens of our own words, and of what the estimate falls short by
NOTE = (
    "The document is one part of a longer one. Answer with what this part says; leave out what it"
    " does not say."
)


def room_of(can: Capabilities, given: Mapping[str, Any]) -> int:
    """Tokens of a document that a model takes beside the prompt, the schema and the answer."""
    answer = given.get("max_output_tokens") or min(can.output, can.context // 4)
    told = len(given.get("prompt", "")) + len(json.dumps(given.get("schema", {})))
    return int(can.context - answer - characters_to_tokens(told) - MARGIN)


def characters(tokens: int) -> int:
    """The longest text that is estimated at no more than so many tokens."""
    return 4 * tokens - 1


def is_chunk(item: Mapping[str, Any] | None) -> bool:
    """Whether a stage's item is a chunk: {start, end} in the job's document."""
    return item is not None and "start" in item


def asked_of(given: Mapping[str, Any], item: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """A job's input as one of its items has it: of a chunk its text, and what a part may say."""
    if item is None or not is_chunk(item) or "document" not in given:
        return given
    return {
        **given,
        "prompt": f"{given['prompt']}\n\n{NOTE}",
        "document": given["document"][item["start"] : item["end"]],
        "schema": _partial(json.dumps(given["schema"])),
    }


def as_chunk(claim: Claim) -> Claim:
    """The claim as the extraction of its chunk alone; any other claim as it is."""
    if not is_chunk(claim.stage.item):
        return claim
    given = dict(asked_of(claim.job.input, claim.stage.item))
    return replace(claim, job=replace(claim.job, input=given))


_kept: Kept[str, dict[str, Any]] = Kept(32 << 20)  # bytes


def _partial(schema: str) -> dict[str, Any]:
    """Nobody changes it."""
    found = _kept.get(schema)
    if found is None:
        found = partial(json.loads(schema))
        _kept.put(schema, found, 10 * len(schema))  # as Python's objects (measured)
    return found
