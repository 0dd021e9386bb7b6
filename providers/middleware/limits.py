"""Circuits and keys: a call goes out with a key whose circuit lets it, or not at all."""

from providers.errors import ProviderError
from providers.middleware.base import CallContext, Deferred, Middleware
from providers.routing.gate import KEY_TROUBLE, Gate
from providers.types import Completion, CompletionRequest

PROBED = 0.05  # seconds until the probe that another makes may have said something


class Limits(Middleware):
    name = "limits"

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def before(self, call: CallContext, request: CompletionRequest) -> None:
        """Raises Deferred when no key may be used now."""
        credential = self._gate.enter(call.provider, call.model, call.credentials)
        if credential is None:  # another took the probe of a circuit that is half open
            raise Deferred("no key may be used now", retry_after=PROBED)
        call.credential = credential.name
        call.state[self.name] = "out"

    def after(self, call: CallContext, completion: Completion) -> None:
        call.state[self.name] = "back"
        seconds = completion.latency_ms / 1000
        self._gate.answered(call.provider, call.model, call.credential, seconds)

    def on_error(self, call: CallContext, error: ProviderError) -> None:
        call.state[self.name] = "back"
        self._gate.failed(call.provider, call.model, call.credential, error)

    def close(self, call: CallContext) -> None:
        if call.state.get(self.name) == "out":  # nobody was asked after all
            self._gate.unused(call.provider, call.model, call.credential)


def again(call: CallContext, gate: Gate, error: ProviderError) -> bool:
    """Whether another call of the same model may do better.

    What is wrong with one key is no reason to leave the model while there is another.
    """
    if error.retryable:
        return True
    left = gate.blocked(call.provider, call.model, call.credentials) is None
    return isinstance(error, KEY_TROUBLE) and left
