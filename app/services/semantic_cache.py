"""Answers of questions that are nearly the same. Off unless the operator turns it on.

A scope is all that decides an answer but for the text that is compared: tenant, deployment,
prompt, schema, limits, effort, embedding model. In it an answer is given again when the text's
facts agree exactly (semantic_guard) and the vectors' cosine is at least the threshold. That can
be wrong: tests/benchmarks/semantic.py measures how often.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any
from uuid import UUID

from app.infra import metrics
from app.infra.vector_store import VectorStore
from app.services.embedding_calls import Embedder, Recorder
from app.services.pictures import pictures_of
from app.services.prompts import SYSTEM
from app.services.semantic_guard import fingerprint
from providers.calls import CancelToken
from providers.routing.regions import region_of, within

LONGEST = 6_000  # characters: vendors embed only the head of a longer text, some in silence
REMEMBERED = 512  # vectors between `look` and `keep`
DECIDING = ("schema", "max_output_tokens", "effort", "temperature")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One text in its scope, by which an answer is found again."""

    scope: str
    text: str
    facts: str  # the text's fingerprint

    @property
    def id(self) -> str:
        return hashlib.sha256(self.text.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Likely:
    """An answer to a question that was nearly the same."""

    value: Any
    similarity: float


class SemanticCache:
    def __init__(self, store: VectorStore, embedder: Embedder, threshold: float) -> None:
        self._store = store
        self._embedder = embedder
        self._threshold = threshold
        self._lock = Lock()
        self._vectors: OrderedDict[str, tuple[float, ...]] = OrderedDict()

    def question(
        self,
        tenant_id: UUID,
        deployment: str,
        given: Mapping[str, Any],
        item: Mapping[str, Any] | None = None,
    ) -> Question | None:
        """What of a job's input to look for; None: it is not to be compared.

        Not when the job forbids it, hides personal data, has pictures or a text that is too
        long, or may not be seen by the embedding's provider.
        """
        if pictures_of(given, item):
            return None
        own = {name: item[name] for name in ("prompt", "document") if item and item.get(name)}
        told = {**given, **own}
        name = "document" if told.get("document") else "prompt"
        text = told.get(name) or ""
        if not text.strip() or len(text) > LONGEST or not _wanted(told, self._embedder):
            return None
        rest = {key: told.get(key) for key in DECIDING}
        rest["prompt"] = told.get("prompt") if name == "document" else None
        decides = [str(tenant_id), deployment, self._embedder.name, SYSTEM, rest]
        scope = hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
        return Question(scope=scope, text=text, facts=fingerprint(text))

    def look(
        self, question: Question, recorder: Recorder, cancel: CancelToken | None = None
    ) -> Likely | None:
        """An answer that may be given; costs one embedding. Raises what `recorder` does."""
        vector = self._vector(question, recorder, cancel)
        if vector is None:
            metrics.SEMANTIC.labels("unknown").inc()
            return None
        near = self._store.near(question.scope, question.facts, vector, self._threshold)
        metrics.SEMANTIC.labels("hit" if near else "miss").inc()
        if near is None:
            return None
        return Likely(value=json.loads(near.value), similarity=near.similarity)

    def keep(self, question: Question, value: Any, ttl: int) -> None:
        """Keep a valid answer for `ttl` seconds, if this process looked for it.

        Otherwise (it was asked anew) what was kept is dropped: it is not the newest any more.
        """
        with self._lock:
            vector = self._vectors.get(_remembered(question))
        if vector is None:
            self.forget(question)
            return
        text = json.dumps(value)
        self._store.put(question.scope, question.facts, question.id, vector, text, ttl)

    def forget(self, question: Question) -> None:
        """An answer that must not be given any more."""
        self.forget_all([question])

    def forget_all(self, questions: Sequence[Question]) -> None:
        """Answers that must not be given any more, in one exchange."""
        self._store.drop([(q.scope, q.facts, q.id) for q in questions])

    def _vector(
        self, question: Question, recorder: Recorder, cancel: CancelToken | None
    ) -> tuple[float, ...] | None:
        name = _remembered(question)
        with self._lock:
            found = self._vectors.get(name)
        if found is None:
            found = self._embedder.embed(question.text, recorder, cancel)
            if found is not None:
                with self._lock:
                    self._vectors[name] = found
                    while len(self._vectors) > REMEMBERED:
                        self._vectors.popitem(last=False)
        return found


def _remembered(question: Question) -> str:
    """By scope, and so by tenant: nobody sees by the time whether another asked the same."""
    return f"{question.scope}/{question.id}"


def _wanted(told: Mapping[str, Any], embedder: Embedder) -> bool:
    config = embedder.config
    cache, routing = told.get("cache") or {}, told.get("routing") or {}
    if cache.get("bypass") or cache.get("semantic") is False:
        return False
    if told.get("redact"):
        return False
    allowed = routing.get("providers")
    region = routing.get("region")
    return (
        (allowed is None or config.name in allowed)
        and (region is None or within(region_of(config, embedder.model), region))
        and (not routing.get("no_training") or config.no_training)
    )
