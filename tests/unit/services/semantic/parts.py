"""A semantic cache of one process, its embeddings provider and its books."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.infra.vector_store import Near, unit
from app.repositories.records import Call
from app.services.embedding_calls import NO_CHOICE, Embedder
from app.services.semantic_cache import Likely, Question, SemanticCache
from providers.calls import Caller
from providers.errors import ProviderError
from providers.routing.circuit import CircuitBreaker
from providers.routing.gate import Gate
from providers.simulator.vectors import vector
from providers.types import (
    Credential,
    EmbeddingRequest,
    Embeddings,
    ProviderConfig,
    Usage,
)

TENANT = uuid.uuid4()
LETTER = "Dear all, Anna Keller ordered 12 chairs and wants them sent to the office in Ghent."
SAME = "dear all: Anna Keller ordered 12 chairs, and wants them sent to the office in Ghent"
GIVEN = {"prompt": "Find the order.", "document": LETTER, "schema": {"type": "object"}}


class Memory:
    """A vector store of one process."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], tuple[Any, str, int]] = {}

    def near(
        self, scope: str, group: str, vector: Sequence[float], threshold: float
    ) -> Near | None:
        asked = unit(vector)
        found = [
            (sum(map(lambda x, y: x * y, asked, kept)), value)
            for (s, g, _), (kept, value, _) in self.rows.items()
            if (s, g) == (scope, group)
        ]
        best = max(found, default=(-1.0, ""))
        return Near(value=best[1], similarity=best[0]) if best[0] >= threshold else None

    def put(
        self, scope: str, group: str, id: str, vector: Sequence[float], value: str, ttl: int
    ) -> None:
        self.rows[scope, group, id] = (unit(vector), value, ttl)

    def drop(self, entries: Sequence[tuple[str, str, str]]) -> None:
        for entry in entries:
            self.rows.pop(entry, None)


@dataclass
class Provider:
    """Embeds as the simulator does, or fails."""

    error: ProviderError | None = None
    asked: list[str] = field(default_factory=list)
    tokens: int = 20

    async def embed(self, request: EmbeddingRequest, timeout: float) -> Embeddings:
        self.asked += request.texts
        if self.error is not None:
            raise self.error
        vectors = tuple(tuple(vector(text, 256)) for text in request.texts)
        return Embeddings(vectors=vectors, model="m", usage=Usage(input_tokens=self.tokens))

    async def aclose(self) -> None:
        return None

    name = "openai"


@dataclass
class Books:
    """Remembers the calls as a usage table does."""

    calls: list[Call] = field(default_factory=list)

    def begin(self, config: ProviderConfig, model: str, credential: str) -> Call:
        call = Call(
            id=f"call_{len(self.calls)}",
            stage_id="stage_1",
            run=1,
            sequence=len(self.calls) + 1,
            choice=NO_CHOICE,
            provider=config.name,
            model=model,
            simulated=config.simulated,
            outcome="in_flight",
            credential=credential or None,
            mode="embedding",
        )
        self.calls.append(call)
        return call

    def end(self, call: Call) -> None:
        assert self.calls[-1].id == call.id
        self.calls[-1] = call


CONFIG = ProviderConfig(name="openai", kind="openai", region="eu", keys=(
    Credential(name="one", secret="s1"), Credential(name="two", secret="s2", weight=0),
))  # fmt: skip


class Parts:
    def __init__(self, config: ProviderConfig = CONFIG, threshold: float = 0.97) -> None:
        self.provider, self.books, self.store = Provider(), Books(), Memory()
        self.gate, self.caller = Gate(CircuitBreaker()), Caller()
        self.embedder = Embedder(
            config=config,
            model="text-embedding-3-small",
            gate=self.gate,
            caller=lambda: self.caller,
            provider=lambda name, key: self.provider,  # type: ignore[arg-type,return-value]
        )
        self.cache = SemanticCache(self.store, self.embedder, threshold)

    def question(self, item: dict[str, Any] | None = None, **given: Any) -> Question:
        found = self.cache.question(TENANT, "openai/gpt-5", GIVEN | given, item)
        assert found is not None
        return found

    def look(self, **given: Any) -> Likely | None:
        return self.cache.look(self.question(**given), self.books)

    def answer(self, value: Any, **given: Any) -> None:
        """Look in vain, ask, keep: as a stage does."""
        question = self.question(**given)
        assert self.cache.look(question, self.books) is None
        self.cache.keep(question, value, 60)
