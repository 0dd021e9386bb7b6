"""What wraps a provider call: hooks before it, after it, on its errors and on each streamed piece.

Plain functions, not coroutines: a call is made from a thread, and a hook may wait there. One
instance serves a whole process, so what belongs to one call is kept in `CallContext.state`.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from providers.errors import PermanentError, ProviderError, TransientError
from providers.types import Completion, CompletionRequest, Credential, Delta

PERMISSIONS: dict[str, str] = {
    "prompt:read": "see what is sent: messages, tools and schema",
    "prompt:write": "change what is sent",
    "answer:read": "see what comes back",
    "answer:write": "change what comes back, or answer instead of the provider",
    "call:reject": "forbid a call",
}


@dataclass(kw_only=True)
class CallContext:
    """One call on its way. Its hooks run one after another, in one thread at a time."""

    provider: str
    model: str
    credentials: Sequence[Credential] = ()
    attempt: int = 1  # of this deployment for this question
    tokens: int = 0  # in and out, estimated: counted against limits until the answer is there
    wants_json: bool = False  # the answer is to be JSON, whether the vendor knows it or not
    redact: Sequence[str] = ()  # kinds of personal data that the provider must not see
    # Whom the call is for, in the caller's own terms: `providers` does not look into it.
    subject: object = None
    started: float = field(default_factory=time.monotonic)
    # What hooks tell the caller:
    credential: str = ""  # the key's name, once it was chosen
    retry_in: float | None = None  # seconds, after an error; None: do not ask it again
    cache: str | None = None  # hit | shared: the provider was not asked; miss; None: not looked
    redacted: Mapping[str, int] = field(default_factory=dict)  # different values, by kind
    state: dict[str, Any] = field(default_factory=dict)  # by the name of a middleware

    @property
    def deployment(self) -> str:
        return f"{self.provider}/{self.model}"

    @property
    def seconds(self) -> float:
        """Since the call began."""
        return time.monotonic() - self.started


class Middleware:
    """Hooks that do nothing; a middleware overrides those it needs."""

    name: ClassVar[str]
    permissions: ClassVar[frozenset[str]] = frozenset()  # of PERMISSIONS; asked of plugins only

    def before(
        self, call: CallContext, request: CompletionRequest
    ) -> CompletionRequest | Completion | None:
        """Another request, an answer in the provider's place, or None: go on.

        Raises ProviderError to stop the call; what is outside of this one hears of it.
        """
        return None

    def after(self, call: CallContext, completion: Completion) -> Completion | None:
        """Another answer, or None: the same. Also of a stream, at its end.

        Outside of the cache also of an answer that was kept (`call.cache` says so), as it was
        accepted: with what this hook made of it then.
        """
        return None

    def on_error(
        self, call: CallContext, error: ProviderError
    ) -> ProviderError | Completion | None:
        """Another error, an answer all the same, or None: the same error."""
        return None

    def delta(self, call: CallContext, delta: Delta) -> Sequence[Delta] | None:
        """What to pass on of a stream in this piece's place, () to hold it back; None: itself.

        The last piece is Finished, before which what was held back must be passed on.
        """
        return None

    def accepted(self, call: CallContext, value: Any) -> None:
        """The answer was found to be good; `value` is what was made of it."""

    def close(self, call: CallContext) -> None:
        """The call is over, whatever came of it; runs when `before` had begun."""


class Deferred(TransientError):
    """No call was made, because its time has not come; `retry_after` says when to try again."""

    code = "deferred"


class Rejected(PermanentError):
    """A plugin forbids the call."""

    code = "plugin_rejected"


class PluginFailed(PermanentError):
    """A required plugin raised or hung."""

    code = "plugin_failed"
