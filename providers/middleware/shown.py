"""What a plugin sees of a call."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

from providers.errors import ProviderError
from providers.middleware.base import CallContext
from providers.types import Completion, CompletionRequest

HIDDEN = "(hidden)"


def bare(call: CallContext, own: dict[str, Any]) -> CallContext:
    """The call without keys, whom it is for, and what other middleware remembers of it."""
    redacted = dict(call.redacted)
    return replace(call, credentials=(), subject=None, redacted=redacted, state=own)


def without_prompt(request: CompletionRequest) -> CompletionRequest:
    messages = tuple(
        replace(message, content=HIDDEN, tool_calls=()) for message in request.messages
    )
    return replace(request, messages=messages, schema=None, tools=())


def without_answer(completion: Completion) -> Completion:
    return replace(completion, text=HIDDEN, tool_calls=())


def without_words(error: ProviderError) -> ProviderError:
    """Its code and numbers: a vendor may repeat in words what it was sent."""
    found = deepcopy(error)
    found.message, found.args = HIDDEN, (HIDDEN,)
    return found
