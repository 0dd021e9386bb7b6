"""The port that every model vendor is reached through."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from providers.types import (
    Completion,
    CompletionRequest,
    Delta,
    EmbeddingRequest,
    Embeddings,
    Health,
)


class LLMProvider(Protocol):
    """One configured provider. Bound to the event loop of its first call.

    Every call takes at most `timeout` wall-clock seconds and raises ProviderError only;
    InvalidRequest when the vendor has no such call.
    """

    @property
    def name(self) -> str:
        """The name of its settings table, which is also its lane."""

    @property
    def dialect(self) -> str:
        """The schema dialect that `CompletionRequest.schema` must be written in."""

    async def complete(self, request: CompletionRequest, timeout: float) -> Completion:
        """Ask once."""

    def stream(self, request: CompletionRequest, timeout: float) -> AsyncIterator[Delta]:
        """Ask once, piece by piece. The last piece is Finished, or IncompleteAnswer is raised."""

    async def embed(self, request: EmbeddingRequest, timeout: float) -> Embeddings:
        """Turn texts into vectors."""

    async def count_tokens(self, request: CompletionRequest, timeout: float) -> int:
        """The input's tokens as the vendor counts them, without asking the model."""

    async def health(self, timeout: float) -> Health:
        """Whether the vendor answers and takes the key. Raises nothing: a failure is not ok."""

    async def aclose(self) -> None:
        """Close the connections; a later call opens new ones."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A vendor's answer as it came: status 2xx, JSON not yet looked at."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
