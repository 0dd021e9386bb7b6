"""Bedrock's streamed answers: pieces as they come, and the whole at the end."""

from collections.abc import Iterator
from typing import Any

from providers.adapter import Deltas
from providers.base import Answer
from providers.errors import IncompleteAnswer
from providers.llm.assembling import Read, Shown, billing
from providers.llm.bedrock_client import BedrockClient
from providers.llm.bedrock_frames import Event
from providers.llm.bedrock_messages import arguments
from providers.types import (
    CompletionRequest,
    Delta,
    ReasoningDelta,
    ToolCallDelta,
)
from providers.wire import count, mapping, text


async def deltas(
    client: BedrockClient, request: CompletionRequest, timeout: float, read: Read
) -> Deltas:
    """One streamed call. `read` reads its pieces, put together, like an answer that came whole."""
    pieces = Pieces(request)
    with billing(read, pieces.body, request):
        async with client.stream(arguments(request), timeout) as (headers, events):
            async for event in events:
                for delta in pieces.add(event):
                    yield delta
        if not pieces.ended:
            raise IncompleteAnswer("the stream ended without its end mark")
    whole = read(Answer(body=pieces.body(), headers=headers), request)
    for delta in pieces.shown.ending(whole):
        yield delta


class Pieces:
    """Puts a stream together to the body that an unstreamed call would have had."""

    def __init__(self, request: CompletionRequest) -> None:
        self.shown = Shown(request)
        self._texts: list[str] = []
        self._calls: dict[int, dict[str, Any]] = {}  # by the number of their block
        self._ends: dict[str, Any] = {}  # by kind of event

    @property
    def ended(self) -> bool:
        """Whether the reason to stop came, and the usage, which is after it."""
        return self._ends.keys() == {"messageStop", "metadata"}

    def add(self, event: Event) -> Iterator[Delta]:
        """What an event brings; kinds that are not known bring nothing."""
        number = count(event.said.get("contentBlockIndex"))
        if event.kind == "contentBlockStart":
            yield from self._start(number, mapping(event.said.get("start")))
        elif event.kind == "contentBlockDelta":
            yield from self._add(number, mapping(event.said.get("delta")))
        elif event.kind in ("messageStop", "metadata"):
            self._ends[event.kind] = event.said

    def body(self) -> dict[str, Any]:
        """An answer's body, with the tools' input as the text that it came as."""
        blocks: list[Any] = [{"text": "".join(self._texts)}]
        blocks += [{"toolUse": call} for call in self._calls.values()]
        return {
            "output": {"message": {"role": "assistant", "content": blocks}},
            "stopReason": mapping(self._ends.get("messageStop")).get("stopReason"),
            "usage": mapping(self._ends.get("metadata")).get("usage"),
        }

    def _start(self, number: int, start: Any) -> Iterator[Delta]:
        if "toolUse" not in start or number in self._calls:
            return
        used = mapping(start["toolUse"])
        name, place = text(used.get("name")), len(self._calls)
        call = {"toolUseId": text(used.get("toolUseId")), "name": name, "input": ""}
        self._calls[number] = call
        yield from self.shown.argued(ToolCallDelta(index=place, id=call["toolUseId"], name=name))

    def _add(self, number: int, delta: Any) -> Iterator[Delta]:
        if piece := text(delta.get("text")):
            self._texts.append(piece)
            yield from self.shown.said(piece)
        if thought := text(mapping(delta.get("reasoningContent")).get("text")):
            yield ReasoningDelta(text=thought)
        piece = text(mapping(delta.get("toolUse")).get("input"))
        if number in self._calls and piece:
            yield from self._argue(number, piece)

    def _argue(self, number: int, piece: str) -> Iterator[Delta]:
        self._calls[number]["input"] += piece
        place = list(self._calls).index(number)
        yield from self.shown.argued(ToolCallDelta(index=place, arguments=piece))
