"""Takes jobs' answers out of the caches: one that is erased must not be given again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.services.answer_cache import AnswerCache, key_of
from app.services.chunks import asked_of
from app.services.semantic_cache import Question, SemanticCache

AT_ONCE = 20_000  # answers in one exchange with Redis


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What a job asked: its input, as it was accepted, and its items; [None] without any."""

    tenant_id: UUID
    input: Mapping[str, Any]
    items: Iterable[Mapping[str, Any] | None]


class Forgetting:
    """Raises nothing: without Redis there is nothing to forget, or it goes by its time."""

    def __init__(self, answers: AnswerCache, semantic: SemanticCache | None) -> None:
        self._answers = answers
        self._semantic = semantic

    @property
    def needed(self) -> bool:
        """Whether there is a place that answers may be in."""
        return self._answers.holds or self._semantic is not None

    def forget(self, jobs: Iterable[Asking]) -> None:
        """Every answer that these jobs may have left, in one exchange unless they are very many."""
        keys: list[str] = []
        questions: list[Question] = []
        for job in jobs:
            for item in job.items if job.input.get("model") else ():
                self._gather(job, item, keys, questions)
                if len(keys) >= AT_ONCE:
                    self._drop(keys, questions)
        self._drop(keys, questions)

    def _gather(
        self,
        job: Asking,
        item: Mapping[str, Any] | None,
        keys: list[str],
        questions: list[Question],
    ) -> None:
        asked = asked_of(job.input, item)
        for model in job.input["model"]:
            keys.append(key_of(job.tenant_id, model, asked, item))
            if self._semantic is not None:
                question = self._semantic.question(job.tenant_id, model, asked, item)
                questions += [question] if question is not None else []

    def _drop(self, keys: list[str], questions: list[Question]) -> None:
        self._answers.forget(keys)
        if self._semantic is not None:
            self._semantic.forget_all(questions)
        keys.clear()
        questions.clear()
