"""What the vendors' adapters share.

An adapter only speaks vendor: it makes a client, sends one request, reads one answer, explains
one exception. Timing, the wall-clock limit and the error tree are owned here.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import ClassVar, Generic, TypeVar

from providers.base import Answer
from providers.errors import (
    IncompleteAnswer,
    InvalidRequest,
    PermanentError,
    ProviderError,
    ProviderTimeout,
)
from providers.failures import Failure, classify, unreadable
from providers.types import (
    Completion,
    CompletionRequest,
    Delta,
    EmbeddingRequest,
    Embeddings,
    Finished,
    Health,
    ProviderConfig,
)

Client = TypeVar("Client")
Result = TypeVar("Result", Completion, Embeddings, int, Health)
Deltas = AsyncGenerator[Delta, None]
BILLED = "billed"  # what a stream's exception is told of the usage, see assembling.billing


class Adapter(ABC, Generic[Client]):
    """Base of the vendors' adapters."""

    dialect: ClassVar[str]

    def __init__(self, config: ProviderConfig) -> None:
        self.config = config
        self._client: Client | None = None
        self._opening = asyncio.Lock()

    @property
    def name(self) -> str:
        return self.config.name

    async def complete(self, request: CompletionRequest, timeout: float) -> Completion:
        """Ask once. Raises ProviderError, and nothing of the vendor's."""

        async def ask() -> Completion:
            return self.read(await self.send(await self._opened(), request, timeout), request)

        return await self._timed(ask, request, timeout)

    async def stream(
        self, request: CompletionRequest, timeout: float
    ) -> AsyncGenerator[Delta, None]:
        """Ask once, piece by piece. The last piece is Finished, or a ProviderError is raised."""
        started, failed = time.monotonic(), None
        try:
            async with aclosing(self._pieces(request, timeout)) as pieces:
                while True:
                    # Not around the `yield`: what the reader does in between is its own time.
                    async with asyncio.timeout(max(0.0, started + timeout - time.monotonic())):
                        delta = await anext(pieces, None)
                    if isinstance(delta, Finished):
                        break
                    if delta is None:
                        raise IncompleteAnswer("the stream ended without its end mark")
                    yield delta
            whole = replace(delta.completion, latency_ms=_elapsed_ms(started))
        except Exception as error:
            failed = self._translate(error, request, timeout)
        if failed is not None:
            raise failed
        yield Finished(completion=whole)

    async def embed(self, request: EmbeddingRequest, timeout: float) -> Embeddings:
        async def ask() -> Embeddings:
            return await self.send_embedding(await self._opened(), request, timeout)

        return await self._timed(ask, request, timeout)

    async def count_tokens(self, request: CompletionRequest, timeout: float) -> int:
        async def ask() -> int:
            return await self.send_count(await self._opened(), request, timeout)

        return await self._timed(ask, request, timeout)

    async def health(self, timeout: float) -> Health:
        """Whether the vendor answers and takes the key. Raises nothing: a failure is not ok."""

        async def ask() -> Health:
            client = await self._opened()
            asked = time.monotonic()  # the SDK's import is not the vendor's slowness
            models = await self.list_models(client, timeout)
            return Health(
                ok=True,
                detail=f"{len(models)} models",
                latency_ms=_elapsed_ms(asked),
                models=tuple(models[:100]),
            )

        started = time.monotonic()
        try:
            return await self._timed(ask, CompletionRequest(model="", messages=()), timeout)
        except ProviderError as error:
            return Health(ok=False, detail=error.message, latency_ms=_elapsed_ms(started))

    async def aclose(self) -> None:
        client, self._client = self._client, None
        self._opening = asyncio.Lock()  # the old one may be bound to a loop that ended
        if client is not None:
            await self.close_client(client)

    @abstractmethod
    def open_client(self) -> Client:
        """Make the vendor's client; runs in the loop's thread, after `load`."""

    @abstractmethod
    async def close_client(self, client: Client) -> None:
        """Close the client's connections."""

    @abstractmethod
    def load(self) -> None:
        """Import the SDK; takes about a second, in a thread of its own."""

    @abstractmethod
    async def send(self, client: Client, request: CompletionRequest, timeout: float) -> Answer:
        """One HTTP call. May raise anything."""

    @abstractmethod
    def read(self, answer: Answer, request: CompletionRequest) -> Completion:
        """Read an answer. Raises ProviderError, or anything when it makes no sense."""

    @abstractmethod
    def explain(self, error: Exception) -> Failure | None:
        """What the vendor said, when the exception is the vendor's."""

    def send_stream(self, client: Client, request: CompletionRequest, timeout: float) -> Deltas:
        """An async generator over one HTTP call, which it closes whenever it is closed.

        It ends with Finished only after the vendor's terminal marker. May raise anything.
        """
        raise InvalidRequest(f"a provider of kind {self.config.kind!r} does not stream")

    async def send_embedding(
        self, client: Client, request: EmbeddingRequest, timeout: float
    ) -> Embeddings:
        """One HTTP call. May raise anything."""
        raise InvalidRequest(f"a provider of kind {self.config.kind!r} has no embeddings")

    async def send_count(self, client: Client, request: CompletionRequest, timeout: float) -> int:
        """One HTTP call. May raise anything."""
        raise InvalidRequest(f"a provider of kind {self.config.kind!r} does not count tokens")

    async def list_models(self, client: Client, timeout: float) -> list[str]:
        """The names of the vendor's models, by a call that costs nothing. May raise anything."""
        raise InvalidRequest(f"a provider of kind {self.config.kind!r} does not list its models")

    async def _pieces(
        self, request: CompletionRequest, timeout: float
    ) -> AsyncGenerator[Delta, None]:
        client = await self._opened()
        async with aclosing(self.send_stream(client, request, timeout)) as deltas:
            async for delta in deltas:
                yield delta

    async def _opened(self) -> Client:
        if self._client is None:
            async with self._opening:
                if self._client is None:
                    await asyncio.to_thread(self.load)
                    self._client = self.open_client()
        return self._client

    async def _timed(
        self,
        ask: Callable[[], Awaitable[Result]],
        request: CompletionRequest | EmbeddingRequest,
        timeout: float,
    ) -> Result:
        started = time.monotonic()
        try:
            async with asyncio.timeout(timeout):
                result = await ask()
        except Exception as error:
            failed = self._translate(error, request, timeout)
        else:
            if not isinstance(result, int | Health):
                result = replace(result, latency_ms=_elapsed_ms(started))
            return result
        # Raised out here so that the vendor's exception, which holds the key, is not its context.
        raise failed

    def _translate(
        self, error: Exception, request: CompletionRequest | EmbeddingRequest, timeout: float
    ) -> ProviderError:
        result: ProviderError
        if isinstance(error, ProviderError):
            result = error
        elif isinstance(error, TimeoutError):
            result = ProviderTimeout(f"no answer within {timeout:g} s")
        elif (failure := self.explain(error)) is not None:
            with_schema = isinstance(request, CompletionRequest) and request.schema is not None
            result = classify(failure, with_schema=with_schema)
        elif unreadable(error):
            result = IncompleteAnswer("the answer could not be read")
        else:
            result = PermanentError(f"the call failed with {type(error).__name__}")
        for seen in (error, error.__context__):  # a deadline's is the cancellation
            result.usage = result.usage or getattr(seen, BILLED, None)
        result.provider, result.model = self.name, request.model
        result.message = self._scrubbed(result.message)
        result.args = (result.message,)
        return result

    def _scrubbed(self, text: str) -> str:
        key = self.config.api_key
        return (text.replace(key, "[key]") if key else text)[:500]


def _elapsed_ms(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
