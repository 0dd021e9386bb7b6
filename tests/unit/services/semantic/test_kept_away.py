"""What must not reach the embeddings provider."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from app.repositories.records import Call
from app.services.answer_cache import AnswerCache, Asking, Lead
from app.services.semantic_cache import LONGEST
from app.services.semantic_middleware import NearCaching
from providers.calls import CancelToken
from providers.middleware.base import CallContext
from providers.types import (
    CompletionRequest,
    Message,
)
from tests.unit.services.semantic.parts import CONFIG, GIVEN, TENANT, Parts


@pytest.mark.parametrize(
    "given",
    [
        {"cache": {"bypass": True}},
        {"cache": {"semantic": False}},
        {"redact": True},
        {"redact": ["email"]},
        {"routing": {"providers": ["gemini"]}},
        {"routing": {"region": "us"}},
        {"routing": {"no_training": True}},
        {"document": "x" * (LONGEST + 1)},
        {"document": " \n", "prompt": ""},
    ],
)
def test_what_must_not_reach_the_embeddings_provider(parts: Parts, given: dict[str, Any]) -> None:
    assert parts.cache.question(TENANT, "openai/gpt-5", GIVEN | given) is None


def test_what_may(parts: Parts) -> None:
    routing = {"providers": ["openai"], "region": "eu"}
    parts.embedder.config = replace(parts.embedder.config, region="eu-west-1")
    for given in ({"routing": routing}, {"cache": {"ttl": 5}}, {"redact": False}):
        assert parts.cache.question(TENANT, "openai/gpt-5", GIVEN | given) is not None


def test_without_the_exact_cache_nothing_is_compared(parts: Parts) -> None:
    """As with cache.ttl_seconds = 0."""
    off = AnswerCache(None, 0, lambda *_: True)
    stage = SimpleNamespace(item=None, id="stage_1")
    claim: Any = SimpleNamespace(tenant_id=TENANT, stage=stage, job=SimpleNamespace(input=GIVEN))
    asking = Asking(claim=claim, token=CancelToken(), again=False)
    call = CallContext(provider="openai", model="gpt-5", subject=asking)
    around = NearCaching(off, parts.cache, None)  # type: ignore[arg-type]
    request = CompletionRequest(model="gpt-5", messages=())
    assert around.before(call, request) is None
    around.accepted(call, {"chairs": 12})
    assert (parts.provider.asked, parts.store.rows) == ([], {})


@pytest.mark.parametrize("sent", [True, False])
def test_what_a_plugin_took_out_of_the_prompt_is_not_embedded(parts: Parts, sent: bool) -> None:
    class Leads(AnswerCache):
        def look(self, *_: Any) -> Lead:
            return Lead(key="k", ttl=60)

    stage = SimpleNamespace(item=None, id="stage_1")
    claim: Any = SimpleNamespace(tenant_id=TENANT, stage=stage, job=SimpleNamespace(input=GIVEN))
    asking = Asking(claim=claim, token=CancelToken(), again=False)
    call = CallContext(provider="openai", model="gpt-5", subject=asking)
    stages = SimpleNamespace(
        begin_call=lambda claim, **choice: parts.books.begin(CONFIG, "m", "one"),
        end_call=lambda claim, call: None,
    )
    around = NearCaching(Leads(None, 0, lambda *_: True), parts.cache, stages)  # type: ignore[arg-type]
    document = GIVEN["document"] if sent else "(taken out)"
    told = Message(role="user", content=f"{GIVEN['prompt']} <document>{document}</document>")
    request = CompletionRequest(model="gpt-5", messages=(told,))
    assert around.before(call, request) is None
    around.accepted(call, {"chairs": 12})
    assert bool(parts.provider.asked) == bool(parts.store.rows) == sent


def test_whoever_lost_the_claim_asks_nobody(parts: Parts) -> None:
    class Lost(Exception):
        pass

    def begin(*_: Any) -> Call:
        raise Lost

    parts.books.begin = begin  # type: ignore[method-assign]
    with pytest.raises(Lost):
        parts.look()
    assert parts.provider.asked == []
    assert parts.gate.loads.loads()["openai/text-embedding-3-small"].in_flight == 0
