"""Personal data stays here: a provider sees placeholders, the answer gets the values back."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from providers.errors import PermanentError
from providers.middleware.base import CallContext, Middleware
from providers.privacy.detectors import DETECTORS
from providers.privacy.requests import Redaction
from providers.privacy.spans import Detector
from providers.privacy.streams import Restorer
from providers.types import (
    Completion,
    CompletionRequest,
    Delta,
    Finished,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
)

TEXT, REASONING = -1, -2  # where a call's index would stand
SAYS = (ImportError, OSError)  # a detector or its language model is not there: no quotation


class RedactionFailed(PermanentError):
    """A detector failed, so the call was not made."""

    code = "redaction_failed"


class Privacy(Middleware):
    """For calls that name kinds of data to `redact`. What was taken out is counted only."""

    name: ClassVar[str] = "privacy"

    def __init__(self, detectors: Sequence[Detector] = DETECTORS) -> None:
        self._detectors = detectors

    def before(self, call: CallContext, request: CompletionRequest) -> CompletionRequest | None:
        """Raises RedactionFailed: what cannot be looked through is not sent."""
        if not call.redact:
            return None
        redaction = Redaction(call.redact, self._detectors)
        call.state[self.name] = _State(
            redaction=redaction, as_json=call.wants_json or request.schema is not None
        )
        try:
            sent = redaction.outgoing(request)
        except (Exception, SystemExit) as error:  # a detector of others may raise anything
            # What it says goes on record and into logs, and may quote what it looked at.
            told = f": {error}" if isinstance(error, SAYS) else ""
            reason = f"personal data could not be looked for: {type(error).__name__}{told}"
            raise RedactionFailed(reason[:500]) from None
        call.redacted = redaction.vault.counts
        return sent

    def after(self, call: CallContext, completion: Completion) -> Completion | None:
        state = self._state(call)
        return state.redaction.incoming(completion, as_json=state.as_json) if state else None

    def delta(self, call: CallContext, delta: Delta) -> Sequence[Delta] | None:
        state = self._state(call)
        if state is None:
            return None
        if isinstance(delta, TextDelta | ReasoningDelta):
            index = TEXT if isinstance(delta, TextDelta) else REASONING
            text = state.restorer(index).feed(delta.text)
            return [replace(delta, text=text)] if text else []
        if isinstance(delta, ToolCallDelta):
            restored = state.restorer(delta.index).feed(delta.arguments)
            return [replace(delta, arguments=restored)]
        if isinstance(delta, Finished):
            return [*state.rest(), delta]
        return None

    def _state(self, call: CallContext) -> "_State | None":
        found: _State | None = call.state.get(self.name)
        return found if found is not None and found.redaction.vault.counts else None


@dataclass(kw_only=True)
class _State:
    redaction: Redaction
    as_json: bool
    restorers: dict[int, Restorer] = field(default_factory=dict)

    def restorer(self, index: int) -> Restorer:
        """Of the text, or of one tool call's arguments."""
        if index not in self.restorers:
            as_json = index != REASONING and (self.as_json or index != TEXT)
            self.restorers[index] = Restorer(self.redaction.vault, as_json=as_json)
        return self.restorers[index]

    def rest(self) -> list[Delta]:
        ends = [(index, restorer.end()) for index, restorer in sorted(self.restorers.items())]
        return [_piece(index, text) for index, text in ends if text]


def _piece(index: int, text: str) -> Delta:
    if index == REASONING:
        return ReasoningDelta(text=text)
    return TextDelta(text=text) if index == TEXT else ToolCallDelta(index=index, arguments=text)
