"""Calls to one vendor's adapter, whole or streamed, in one line each."""

from collections.abc import Generator
from typing import Any

from providers.calls import Caller, CancelToken
from providers.registry import build
from providers.types import (
    Completion,
    CompletionRequest,
    Delta,
    Finished,
    Message,
    ProviderConfig,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
)
from tests.contract.vendor import Vendor

HELLO = (Message(role="user", content="Hello."),)


class Line:
    def __init__(self, vendor: Vendor, url: str, key: str) -> None:
        self.model = vendor.model
        self.caller = Caller()
        self.provider = build(
            ProviderConfig(name="mine", kind=vendor.kind, base_url=url + vendor.prefix, api_key=key)
        )

    def ask(self, *messages: Message, timeout: float = 10.0, **extra: Any) -> Completion:
        return self.caller.call(self.provider, self._request(messages, extra), timeout=timeout)

    def stream(
        self,
        *messages: Message,
        timeout: float = 10.0,
        cancel: CancelToken | None = None,
        **extra: Any,
    ) -> Generator[Delta, None, None]:
        request = self._request(messages, extra)
        return self.caller.stream(self.provider, request, timeout=timeout, cancel=cancel)

    def hear(self, *messages: Message, **extra: Any) -> "Heard":
        """Read a stream to its end."""
        return Heard(list(self.stream(*messages, **extra)))

    def close(self) -> None:
        self.caller.close(self.provider)

    def _request(self, messages: tuple[Message, ...], extra: dict[str, Any]) -> CompletionRequest:
        return CompletionRequest(model=self.model, messages=messages or HELLO, **extra)


class Heard:
    """A whole stream, sorted."""

    def __init__(self, deltas: list[Delta]) -> None:
        *self.pieces, last = deltas
        assert isinstance(last, Finished)
        assert not [piece for piece in self.pieces if isinstance(piece, Finished)]
        self.completion = last.completion
        self.text = "".join(d.text for d in self.pieces if isinstance(d, TextDelta))
        self.reasoning = "".join(d.text for d in self.pieces if isinstance(d, ReasoningDelta))

    def calls(self) -> list[tuple[str, str, str]]:
        """Each tool call that the pieces make up: id, name, arguments."""
        calls: list[list[str]] = []
        for piece in self.pieces:
            if isinstance(piece, ToolCallDelta):
                if piece.index == len(calls):
                    assert piece.id
                    assert piece.name
                    calls.append(["", "", ""])
                for place, part in enumerate((piece.id, piece.name, piece.arguments)):
                    calls[piece.index][place] += part
        return [(call[0], call[1], call[2]) for call in calls]
