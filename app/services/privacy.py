"""Personal data stays here: a provider sees placeholders, the answer gets the values back."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from providers.privacy.detectors import KINDS
from providers.privacy.redaction import redact
from providers.privacy.vault import Vault
from providers.types import Completion, CompletionRequest, Message, TextPart
from schemas.json_schema.parse import AnswerNotJSON, read_answer


class Redaction:
    """Of one call. What it took out is counted, never logged."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        """`given`: a job's input; its `redact` names kinds, or is true for all of them."""
        wanted = given.get("redact") or ()
        self._kinds: tuple[str, ...] = KINDS if wanted is True else tuple(wanted)
        self._vault = Vault()

    @property
    def counts(self) -> dict[str, int]:
        """Different values taken out, by kind."""
        return dict(self._vault.counts)

    def outgoing(self, request: CompletionRequest) -> CompletionRequest:
        """The request as the provider may see it."""
        if not self._kinds:
            return request
        texts = [text for message in request.messages for text in _texts(message)]
        reserved = [json.dumps(request.schema)] if request.schema is not None else []
        sent = iter(redact(texts, self._kinds, self._vault, reserved=reserved))
        return replace(request, messages=tuple(_with(m, sent) for m in request.messages))

    def incoming(self, completion: Completion) -> Completion:
        """The answer with the values back in their places; goes on record so."""
        if not self._vault.counts:
            return completion
        try:
            value = self._vault.restore(read_answer(completion.text).value)
        except AnswerNotJSON:
            return replace(completion, text=str(self._vault.restore(completion.text)))
        return replace(completion, text=json.dumps(value, ensure_ascii=False))


def _texts(message: Message) -> list[str]:
    if isinstance(message.content, str):
        return [message.content]
    return [part.text for part in message.content if isinstance(part, TextPart)]


def _with(message: Message, texts: Iterator[str]) -> Message:
    if isinstance(message.content, str):
        return replace(message, content=next(texts))
    parts = (TextPart(text=next(texts)) if isinstance(p, TextPart) else p for p in message.content)
    return replace(message, content=tuple(parts))
