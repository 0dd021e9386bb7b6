"""OpenAI's streamed answers: pieces as they come, and the whole at the end."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from providers.adapter import Deltas
from providers.base import Answer
from providers.errors import IncompleteAnswer
from providers.llm.assembling import Read, Shown, billing
from providers.llm.openai_reading import spoken
from providers.llm.tool_calls import arguments_text
from providers.pieces import pieces_of
from providers.types import (
    CompletionRequest,
    Delta,
    ReasoningDelta,
    ToolCallDelta,
)
from providers.wire import count, mapping, sequence, text

if TYPE_CHECKING:
    from openai import AsyncOpenAI

USAGE = {"stream": True, "stream_options": {"include_usage": True}}
REASONING = ("reasoning_content", "reasoning")  # of compatible servers; OpenAI shows none


async def deltas(
    client: "AsyncOpenAI",
    arguments: dict[str, Any],
    request: CompletionRequest,
    timeout: float,
    read: Read,
) -> Deltas:
    """One streamed call. `read` reads its pieces, put together, like an answer that came whole."""
    from providers.llm.openai_sse import MarkedStream

    stream = await client.post(
        "/chat/completions",
        body=arguments | USAGE,
        cast_to=object,
        options={"timeout": timeout},
        stream=True,
        stream_cls=MarkedStream,
    )
    chunks = Chunks(request)
    headers = stream.response.headers
    try:
        if "json" in headers.get("content-type", ""):  # some servers do not stream, or fail so
            body = json.loads(await stream.response.aread())
            for delta in pieces_of(read(Answer(body=body, headers=headers), request)):
                yield delta
            return
        with billing(read, chunks.body, request):
            async for chunk in stream:
                for delta in chunks.add(chunk):
                    yield delta
            if not stream.ended:
                raise IncompleteAnswer("the stream ended without its end mark")
    finally:
        await stream.close()
    whole = read(Answer(body=chunks.body(), headers=headers), request)
    for delta in chunks.shown.ending(whole):
        yield delta


class Chunks:
    """Puts a stream together to the body that an unstreamed call would have had."""

    def __init__(self, request: CompletionRequest) -> None:
        self.shown = Shown(request)
        self._body: dict[str, Any] = {}
        self._choice: dict[str, Any] = {}
        self._said: dict[str, list[str]] = {"content": [], "refusal": []}
        self._number: int | None = None  # of the choice that is read
        self._calls: list[dict[str, Any]] = []
        self._places: dict[int, int] = {}  # by the server's own number

    def add(self, chunk: Any) -> Iterator[Delta]:
        """What a chunk brings."""
        chunk = mapping(chunk)
        self._body |= {k: v for k, v in chunk.items() if k != "choices" and v is not None}
        for choice in self._own(map(mapping, sequence(chunk.get("choices")))):
            self._choice |= {k: v for k, v in choice.items() if v is not None}
            yield from self._add(mapping(choice.get("delta")))

    def _own(self, choices: Iterator[Any]) -> list[Any]:
        """The chunk's piece of the choice that began first: there may be others beside it."""
        numbered = [(count(choice.get("index")), choice) for choice in choices]
        if numbered and self._number is None:
            self._number = numbered[0][0]
        return [choice for number, choice in numbered if number == self._number][:1]

    def body(self) -> dict[str, Any]:
        """An answer's body; without a choice when none ever came."""
        message: dict[str, Any] = {"role": "assistant"}
        message |= {name: "".join(pieces) for name, pieces in self._said.items()}
        if self._calls:
            message["tool_calls"] = self._calls
        choices = [{**self._choice, "message": message}] if self._choice else []
        return {**self._body, "choices": choices}

    def _add(self, delta: Any) -> Iterator[Delta]:
        for name, pieces in self._said.items():
            if piece := spoken(delta.get(name)):
                pieces.append(piece)
                if name == "content":
                    yield from self.shown.said(piece)
        if thought := next(filter(None, (text(delta.get(name)) for name in REASONING)), ""):
            yield ReasoningDelta(text=thought)
        for call in map(mapping, sequence(delta.get("tool_calls"))):
            yield from self._call(call)

    def _call(self, piece: Any) -> Iterator[Delta]:
        function = mapping(piece.get("function"))
        named, arguments = text(function.get("name")), arguments_text(function.get("arguments"))
        place = self._place(piece, starts=bool(named))
        known = self._calls[place]
        known["id"] = known["id"] or text(piece.get("id")) or f"call_{place}"
        first = not known["function"]["name"]
        known["function"]["name"] = known["function"]["name"] or named
        known["function"]["arguments"] += arguments
        yield from self.shown.argued(
            ToolCallDelta(
                index=place,
                id=known["id"] if first else "",
                name=named if first else "",
                arguments=arguments,
            )
        )

    def _place(self, piece: Any, *, starts: bool) -> int:
        """Which call a piece belongs to; some servers give no index, but begin with a name."""
        index = piece.get("index")
        place = max(0, len(self._calls) - 1 + starts)
        if type(index) is int:
            place = self._places.setdefault(index, len(self._calls))
        if place == len(self._calls):
            self._calls.append({"id": "", "function": {"name": "", "arguments": ""}})
        return place
