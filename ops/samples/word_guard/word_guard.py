"""No prompt with a forbidden word leaves the house, and no answer shows one."""

import re
from collections.abc import Sequence
from dataclasses import replace

from providers.middleware.base import CallContext, Middleware, Rejected
from providers.types import Completion, CompletionRequest, Delta, Finished, TextDelta


class WordGuard(Middleware):
    name = "word_guard"
    permissions = frozenset({"prompt:read", "call:reject", "answer:read", "answer:write"})

    def __init__(self, words: Sequence[str] = (), mask: str = "***") -> None:
        """`words`: whole words, in any case. They come from [plugins.word_guard.settings]."""
        if not words:
            raise ValueError("settings.words is empty")
        self._forbidden = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
        self._mask = mask

    def before(self, call: CallContext, request: CompletionRequest) -> None:
        for message in request.messages:
            if self._forbidden.search(message.text):
                raise Rejected("the prompt holds a word that must not leave the house")

    def after(self, call: CallContext, completion: Completion) -> Completion:
        return replace(completion, text=self._forbidden.sub(self._mask, completion.text))

    def delta(self, call: CallContext, delta: Delta) -> Sequence[Delta] | None:
        """A word may come in two pieces, so the last one of a piece waits for the next."""
        if not isinstance(delta, TextDelta | Finished):
            return None
        text = call.state.pop("rest", "") + (delta.text if isinstance(delta, TextDelta) else "")
        if isinstance(delta, TextDelta):
            start = re.search(r"\w*\Z", text).start()  # type: ignore[union-attr]
            text, call.state["rest"] = text[:start], text[start:]
        shown = [TextDelta(text=self._forbidden.sub(self._mask, text))] if text else []
        return [*shown, delta] if isinstance(delta, Finished) else shown
