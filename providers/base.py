"""The port that every model vendor is reached through, and what its adapters share.

An adapter only speaks vendor: it makes a client, sends one request, reads one answer, explains
one exception. Timing, the wall-clock limit, logs and the error tree are owned here.
"""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from providers.errors import PermanentError, ProviderError, ProviderTimeout
from providers.failures import Failure, classify, unreadable
from providers.types import Completion, CompletionRequest, ProviderConfig

Client = TypeVar("Client")
log = logging.getLogger(__name__)


class LLMProvider(Protocol):
    """One configured provider. Bound to the event loop of its first call."""

    @property
    def name(self) -> str:
        """The name of its settings table, which is also its lane."""

    @property
    def dialect(self) -> str:
        """The schema dialect that `CompletionRequest.schema` must be written in."""

    async def complete(self, request: CompletionRequest, timeout: float) -> Completion:
        """Ask once, within `timeout` wall-clock seconds. Raises ProviderError."""

    async def aclose(self) -> None:
        """Close the connections; a later call opens new ones."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A vendor's answer as it came: status 2xx, JSON not yet looked at."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


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
        started = time.monotonic()
        try:
            async with asyncio.timeout(timeout):
                answer = await self.send(await self._opened(), request, timeout)
            completion = self.read(answer, request)
        except Exception as error:
            failed = self._translate(error, request, timeout)
        else:
            completion = replace(completion, latency_ms=_elapsed_ms(started))
            self._log_success(request, completion)
            return completion
        # Raised out here so that the vendor's exception, which holds the key, is not its context.
        self._log_failure(request, failed, _elapsed_ms(started))
        raise failed

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

    async def _opened(self) -> Client:
        if self._client is None:
            async with self._opening:
                if self._client is None:
                    await asyncio.to_thread(self.load)
                    self._client = self.open_client()
        return self._client

    def _translate(
        self, error: Exception, request: CompletionRequest, timeout: float
    ) -> ProviderError:
        result: ProviderError
        if isinstance(error, ProviderError):
            result = error
        elif isinstance(error, TimeoutError):
            result = ProviderTimeout(f"no answer within {timeout:g} s")
        elif (failure := self.explain(error)) is not None:
            result = classify(failure, with_schema=request.schema is not None)
        elif unreadable(error):
            result = self._unreadable()
        else:
            result = PermanentError(f"the call failed with {type(error).__name__}")
        result.provider, result.model = self.name, request.model
        result.message = self._scrubbed(result.message)
        result.args = (result.message,)
        return result

    def _unreadable(self) -> ProviderError:
        return classify(
            Failure(cut=True, message="the answer could not be read"), with_schema=False
        )

    def _scrubbed(self, text: str) -> str:
        key = self.config.api_key
        return (text.replace(key, "[key]") if key else text)[:500]

    def _log_success(self, request: CompletionRequest, completion: Completion) -> None:
        fields = {
            "provider": self.name,
            "model": request.model,
            "outcome": "succeeded",
            "finish": completion.finish,
            "latency_ms": completion.latency_ms,
            "provider_request_id": completion.request_id,
        }
        log.info("provider_call", extra=fields)

    def _log_failure(
        self, request: CompletionRequest, error: ProviderError, latency_ms: int
    ) -> None:
        fields = {
            "provider": self.name,
            "model": request.model,
            "outcome": "failed",
            "code": error.code,
            "status": error.status,
            "error": error.message,
            "latency_ms": latency_ms,
            "provider_request_id": error.request_id,
        }
        log.warning("provider_call", extra=fields)


def _elapsed_ms(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
