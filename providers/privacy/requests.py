"""Personal data of a whole request and of the answer to it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from providers.privacy.detectors import DETECTORS
from providers.privacy.redaction import redact
from providers.privacy.spans import Detector
from providers.privacy.vault import Vault
from providers.types import Completion, CompletionRequest, Message, TextPart
from schemas.json_schema.parse import AnswerNotJSON, read_answer


class Redaction:
    """Of one call. What it took out is counted, never logged. Pictures are sent as they are."""

    def __init__(self, kinds: Sequence[str], detectors: Sequence[Detector] = DETECTORS) -> None:
        self._kinds = tuple(kinds)
        self._detectors = detectors
        self.vault = Vault()

    def outgoing(self, request: CompletionRequest) -> CompletionRequest:
        """The request as the provider may see it."""
        texts = [text for message in request.messages for text in _texts(message)]
        reserved = [json.dumps(request.schema)] if request.schema is not None else []
        reserved += [json.dumps(dict(tool.parameters)) for tool in request.tools]
        sent = iter(
            redact(texts, self._kinds, self.vault, reserved=reserved, detectors=self._detectors)
        )
        return replace(request, messages=tuple(_with(m, sent) for m in request.messages))

    def incoming(self, completion: Completion, *, as_json: bool) -> Completion:
        """The answer with the values back in their places; goes on record so."""
        if not self.vault.counts:
            return completion
        calls = tuple(
            replace(call, arguments=self._restored(call.arguments, as_json=True))
            for call in completion.tool_calls
        )
        text = self._restored(completion.text, as_json=as_json)
        return replace(completion, text=text, tool_calls=calls)

    def _restored(self, text: str, *, as_json: bool) -> str:
        """Of JSON the parsed values, so that quotes stay escaped."""
        if not as_json:
            return str(self.vault.restore(text))
        try:
            value = self.vault.restore(read_answer(text).value)
        except AnswerNotJSON:
            return str(self.vault.restore(text))
        return json.dumps(value, ensure_ascii=False)


def _texts(message: Message) -> list[str]:
    parts = (
        (TextPart(text=message.content),) if isinstance(message.content, str) else message.content
    )
    texts = [part.text for part in parts if isinstance(part, TextPart)]
    return texts + [call.arguments for call in message.tool_calls]


def _with(message: Message, texts: Iterator[str]) -> Message:
    content = message.content
    if isinstance(content, str):
        content = next(texts)
    else:
        content = tuple(
            TextPart(text=next(texts)) if isinstance(part, TextPart) else part for part in content
        )
    calls = tuple(replace(call, arguments=next(texts)) for call in message.tool_calls)
    return replace(message, content=content, tool_calls=calls)
