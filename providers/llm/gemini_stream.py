"""Gemini's streamed answers: pieces as they come, and the whole at the end."""

from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING, Any

from providers.adapter import Deltas
from providers.base import Answer
from providers.llm import gemini_messages as words
from providers.llm.assembling import Read, Shown, billing
from providers.llm.gemini_calls import call_of
from providers.types import (
    CompletionRequest,
    Delta,
    ReasoningDelta,
    ToolCallDelta,
)
from providers.wire import count, mapping, sequence, text

if TYPE_CHECKING:
    from google.genai import Client


async def deltas(client: "Client", request: CompletionRequest, read: Read) -> Deltas:
    """One streamed call. `read` reads its pieces, put together, like an answer that came whole.

    The end mark is a finish reason, without which `read` raises.
    """
    response = await _opened(client, request)
    chunks = Chunks(request)
    try:
        with billing(read, chunks.body, request):
            async for chunk in _segments(response):
                for delta in chunks.add(chunk):
                    yield delta
    finally:
        await response.response_stream.aclose()
    whole = read(Answer(body=chunks.body(), headers=response.headers), request)
    for delta in chunks.shown.ending(whole):
        yield delta


async def _opened(client: "Client", request: CompletionRequest) -> Any:
    """The SDK's streaming call without its last step.

    That makes models of the chunks, which refuse what they do not know, and hides the response,
    which could not be closed.
    """
    from google.genai import _common, models, types

    api = client._api_client
    told = types._GenerateContentParameters(
        model=request.model,
        contents=words.contents(request),
        config=words.config(request, streamed=True),
    )
    body = models._GenerateContentParameters_to_mldev(api, told, None, told)
    path = "{model}:streamGenerateContent?alt=sse".format_map(body.pop("_url", {}))
    body.pop("_query", None)
    body.pop("config", None)
    plain = _common.encode_unserializable_types(_common.convert_to_dict(body))
    return await api._async_request(api._build_request("post", path, plain, None), stream=True)


async def _segments(response: Any) -> AsyncGenerator[Any, None]:
    """The chunks; an error among them is raised as the SDK would."""
    from google.genai.errors import APIError

    async for chunk in response:
        if fault := mapping(chunk).get("error"):
            told = mapping(fault) or {"message": str(fault)}
            raise APIError(count(told.get("code")), {"error": told}, response)
        yield chunk


class Chunks:
    """Puts a stream together to the body that an unstreamed call would have had."""

    def __init__(self, request: CompletionRequest) -> None:
        self.shown = Shown(request)
        self._body: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._candidate: dict[str, Any] = {}
        self._parts: list[dict[str, Any]] = []
        self._calls = 0

    def add(self, chunk: Any) -> Iterator[Delta]:
        """What a chunk brings."""
        chunk = mapping(chunk)
        self._body |= {k: v for k, v in chunk.items() if v is not None}
        self._usage |= mapping(chunk.get("usageMetadata"))  # the last count of each is the sum
        for candidate in map(mapping, sequence(chunk.get("candidates"))[:1]):
            self._candidate |= {k: v for k, v in candidate.items() if v is not None}
            for part in map(mapping, sequence(mapping(candidate.get("content")).get("parts"))):
                yield from self._add(dict(part))

    def body(self) -> dict[str, Any]:
        """An answer's body."""
        candidate = {**self._candidate, "content": {"role": "model", "parts": self._parts}}
        candidates = [candidate] if self._candidate else []
        return {**self._body, "candidates": candidates, "usageMetadata": self._usage}

    def _add(self, part: dict[str, Any]) -> Iterator[Delta]:
        self._parts.append(part)
        said = text(part.get("text"))
        if "functionCall" in part:
            yield from self._call(part)
        elif said and part.get("thought"):
            yield ReasoningDelta(text=said)
        else:
            yield from self.shown.said(said)

    def _call(self, part: dict[str, Any]) -> Iterator[Delta]:
        call = call_of(part, self._calls, text(self._body.get("responseId")))
        part["functionCall"] = {**mapping(part["functionCall"]), "id": call.id}
        yield from self.shown.argued(
            ToolCallDelta(index=self._calls, id=call.id, name=call.name, arguments=call.arguments)
        )
        self._calls += 1
