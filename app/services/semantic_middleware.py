"""The semantic cache around a provider call, after the exact one has looked in vain."""

import json
import logging
from typing import Any

from app.services.answer_cache import AnswerCache, Asking, Caching, Lead
from app.services.embedding_calls import ClaimRecorder
from app.services.semantic_cache import Question, SemanticCache
from app.services.stages import StageService
from providers.middleware.base import CallContext
from providers.types import Completion, CompletionRequest, Usage

log = logging.getLogger(__name__)
QUESTION = "semantic"  # its place in `CallContext.state`


class NearCaching(Caching):
    """The exact cache, and answers of questions that were nearly the same."""

    def __init__(self, answers: AnswerCache, nearly: SemanticCache, stages: StageService) -> None:
        super().__init__(answers)
        self._nearly = nearly
        self._stages = stages

    def before(self, call: CallContext, request: CompletionRequest) -> Completion | None:
        """Costs an embedding when the exact cache has nothing. Raises Deferred, ClaimLost."""
        found = super().before(call, request)
        lead = call.state.get(self.name)
        if found is not None or not isinstance(lead, Lead) or not lead.key:
            return found
        assert isinstance(call.subject, Asking)
        claim = call.subject.claim
        given = claim.job.input
        question = self._nearly.question(claim.tenant_id, call.deployment, given, claim.stage.item)
        if question is None or not _is_sent(question, request):
            return None
        call.state[QUESTION] = question
        if (given.get("cache") or {}).get("refresh"):
            return None
        recorder = ClaimRecorder(self._stages, claim)
        near = self._nearly.look(question, recorder, call.subject.token)
        if near is None:
            return None
        call.cache = "semantic"
        log.info("semantic_hit", extra={"similarity": round(near.similarity, 4)})
        text = json.dumps(near.value)
        return Completion(text=text, model=call.model, finish="stop", usage=Usage())

    def accepted(self, call: CallContext, value: Any) -> None:
        super().accepted(call, value)
        question = call.state.get(QUESTION)
        lead = call.state.get(self.name)
        if isinstance(question, Question) and isinstance(lead, Lead):
            self._nearly.keep(question, value, lead.ttl)


def _is_sent(question: Question, request: CompletionRequest) -> bool:
    """Whether the text goes out as it is: what a plugin took out of it no vendor may see."""
    return any(question.text in message.text for message in request.messages)
