"""Circuits, keys and rates: a call goes out with a key that may be used now, or not at all."""

from providers.errors import CallCanceled, ProviderError
from providers.middleware.base import CallContext, Deferred, Middleware
from providers.routing.gate import KEY_TROUBLE, Gate
from providers.types import Completion, CompletionRequest, Credential

PROBED = 0.05  # seconds until the probe that another makes may have said something


class Limits(Middleware):
    name = "limits"

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def before(self, call: CallContext, request: CompletionRequest) -> None:
        """Raises Deferred when no key may be used now."""
        credential = self._gate.enter(call.provider, call.model, call.credentials, call.tokens)
        if credential is None:  # another took the probe of a circuit, or the room, a moment ago
            raise Deferred("no key may be used now", retry_after=PROBED)
        call.credential = credential.name
        call.state[self.name] = credential

    def after(self, call: CallContext, completion: Completion) -> None:
        credential: Credential = call.state.pop(self.name)
        seconds = completion.latency_ms / 1000
        self._gate.answered(call.provider, call.model, credential.name, seconds)
        over = (completion.usage.total or call.tokens) - call.tokens  # some vendors count none
        self._gate.allowances.correct(call.provider, call.model, credential, tokens=over)

    def on_error(self, call: CallContext, error: ProviderError) -> None:
        credential: Credential = call.state.pop(self.name)
        self._gate.failed(call.provider, call.model, credential.name, error)

    def close(self, call: CallContext) -> None:
        if self.name in call.state:  # nobody waited for the end: of a stream, the vendor counted it
            credential: Credential = call.state.pop(self.name)
            left = CallCanceled("the answer was not waited for")
            self._gate.failed(call.provider, call.model, credential.name, left)


def again(call: CallContext, gate: Gate, error: ProviderError) -> bool:
    """Whether another call of the same model may do better.

    What is wrong with one key is no reason to leave the model while there is another.
    """
    if error.retryable:
        return True
    left = gate.blocked(call.provider, call.model, call.credentials) is None
    return isinstance(error, KEY_TROUBLE) and left
