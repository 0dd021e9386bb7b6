"""How Bedrock says the same things on the wire, streamed: in binary frames."""

from collections.abc import Sequence
from typing import Any

from providers.simulator.aws_frames import frame
from tests.contract.vendors_bedrock import BEDROCK

_START = frame("messageStart", {"role": "assistant"})
_USAGE = frame("metadata", {**BEDROCK.answer("", "x"), "output": None})
_THOUGHT = {"reasoningContent": {"text": "hm"}}
_SIGNED = {"reasoningContent": {"signature": "s"}}


def _delta(place: int, delta: Any) -> bytes:
    return frame("contentBlockDelta", {"contentBlockIndex": place, "delta": delta})


def _stop(place: int) -> bytes:
    return frame("contentBlockStop", {"contentBlockIndex": place})


def _end(finish: str) -> list[bytes]:
    return [frame("messageStop", {"stopReason": finish}), _USAGE]


_REASONED = [_START, _delta(0, _THOUGHT), _delta(0, _SIGNED), _stop(0)]


def text(pieces: Sequence[str], finish: str | None = None) -> list[bytes]:
    said = [_delta(1, {"text": piece}) for piece in pieces]
    return [*_REASONED, *said, _stop(1), *_end(finish or "end_turn")]


def calls(told: Sequence[tuple[str, str, Sequence[str]]]) -> list[bytes]:
    events = list(_REASONED)
    for place, (number, name, pieces) in enumerate(told, 1):
        begun = {"toolUse": {"toolUseId": number, "name": name}}
        events.append(frame("contentBlockStart", {"contentBlockIndex": place, "start": begun}))
        events += [_delta(place, {"toolUse": {"input": piece}}) for piece in pieces]
        events.append(_stop(place))
    return [*events, *_end("tool_use")]


def _error(kind: str, message: str) -> bytes:
    return frame(kind, {"message": message}, "exception")


REFUSALS = [text(["Well"], "guardrail_intervened"), text([], "content_filtered")]
ERRORS = [
    (_error("throttlingException", "slow"), "provider_rate_limited"),
    (
        _error("throttlingException", "Too many tokens per day, please wait"),
        "provider_quota_exhausted",
    ),
    (_error("modelStreamErrorException", "it broke"), "provider_unavailable"),
    (_error("internalServerException", "oops"), "provider_unavailable"),
    (_error("serviceUnavailableException", "busy"), "provider_unavailable"),
    (_error("modelTimeoutException", "too slow"), "provider_timeout"),
    (_error("validationException", "what?"), "provider_invalid_request"),
    (_error("validationException", "Input is too long."), "provider_context_too_long"),
    (_error("somethingNewException", "what?"), "provider_unavailable"),
]
UNFINISHED = [
    [_START, _delta(0, {"text": "x"}), frame("messageStop", {"stopReason": "end_turn"})],
    [_START, _delta(0, {"text": "x"}), _USAGE],
    [_START, frame("messageStop", {}), _USAGE],
    [_START, frame("messageStop", {"stopReason": "end_turn"}), _USAGE[:-1] + b"!"],
]
