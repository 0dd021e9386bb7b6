"""Anthropic's streamed answers: pieces as they come, and the whole at the end."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from providers.adapter import Deltas
from providers.base import Answer
from providers.errors import IncompleteAnswer
from providers.llm.assembling import Read, Shown, billing
from providers.llm.tool_calls import arguments_text
from providers.types import (
    CompletionRequest,
    Delta,
    ReasoningDelta,
    ToolCallDelta,
)
from providers.wire import count, mapping, text

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic, AsyncStream

DRAIN_SECONDS = 0.1  # for the few bytes after the end mark, so that the connection is used again


async def deltas(
    client: "AsyncAnthropic",
    arguments: dict[str, Any],
    request: CompletionRequest,
    timeout: float,
    read: Read,
) -> Deltas:
    """One streamed call. `read` reads its pieces, put together, like an answer that came whole."""
    from anthropic import AsyncStream

    stream = await client.post(
        "/v1/messages",
        body=arguments | {"stream": True},
        cast_to=object,
        options={"timeout": timeout},
        stream=True,
        stream_cls=AsyncStream[object],
    )
    events = Events(request)
    try:
        with billing(read, events.body, request):
            async for event in stream:
                for delta in events.add(event):
                    yield delta
                if events.ended:
                    await _drain(stream)
                    break
            if not events.ended:
                raise IncompleteAnswer("the stream ended without its end mark")
    finally:
        await stream.close()
    whole = read(Answer(body=events.body(), headers=stream.response.headers), request)
    for delta in events.shown.ending(whole):
        yield delta


async def _drain(stream: "AsyncStream[object]") -> None:
    with contextlib.suppress(Exception):  # the answer is whole, whatever comes now
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in stream:
                pass


class Events:
    """Puts a stream together to the body that an unstreamed call would have had."""

    def __init__(self, request: CompletionRequest) -> None:
        self.ended = False
        self.shown = Shown(request)
        self._message: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}  # by their own numbers
        self._calls: list[int] = []  # the numbers of those that are calls

    def add(self, event: Any) -> Iterator[Delta]:
        """What an event brings."""
        event = mapping(event)
        kind, place = text(event.get("type")), count(event.get("index"))
        if kind == "message_start":
            self._message |= mapping(event.get("message"))
            self._count(self._message)
        elif kind == "content_block_start":
            yield from self._start(place, mapping(event.get("content_block")))
        elif kind == "content_block_delta" and place in self._blocks:
            yield from self._add(place, mapping(event.get("delta")))
        elif kind == "message_delta":
            self._message |= mapping(event.get("delta"))
            self._count(event)
        self.ended = self.ended or kind == "message_stop"

    def body(self) -> dict[str, Any]:
        """An answer's body; a call's input is the JSON text that came."""
        return {**self._message, "usage": self._usage, "content": list(self._blocks.values())}

    def _count(self, holder: Any) -> None:
        """The last count of each kind is the sum of all."""
        usage = mapping(holder.get("usage"))
        self._usage |= {k: v for k, v in usage.items() if v is not None}

    def _start(self, place: int, block: Any) -> Iterator[Delta]:
        self._blocks[place] = {**block, "text": "", "input": ""}
        if block.get("type") == "tool_use":
            self._calls.append(place)
            index, name = len(self._calls) - 1, text(block.get("name"))
            call = ToolCallDelta(index=index, id=text(block.get("id")), name=name)
            yield from self.shown.argued(call)
            if block.get("input"):  # some servers do not send it in pieces
                yield from self._arguments(place, arguments_text(block["input"]))
        yield from self._text(place, text(block.get("text")))

    def _add(self, place: int, delta: Any) -> Iterator[Delta]:
        yield from self._text(place, text(delta.get("text")))
        yield from self._arguments(place, text(delta.get("partial_json")))
        if thought := text(delta.get("thinking")):
            yield ReasoningDelta(text=thought)

    def _text(self, place: int, piece: str) -> Iterator[Delta]:
        self._blocks[place]["text"] += piece
        if self._blocks[place].get("type") == "text":
            yield from self.shown.said(piece)

    def _arguments(self, place: int, piece: str) -> Iterator[Delta]:
        self._blocks[place]["input"] += piece
        if piece and place in self._calls:
            call = ToolCallDelta(index=self._calls.index(place), arguments=piece)
            yield from self.shown.argued(call)
