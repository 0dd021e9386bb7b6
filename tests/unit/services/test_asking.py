"""What a call took is on record, whatever middleware makes of its answer or of its failure."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from app.repositories.records import Call
from app.services.asking import Inquiry
from app.services.deployments import Target
from app.services.questions import FIELDS
from providers.errors import ProviderError, ProviderUnavailable, SchemaRefused
from providers.middleware.base import CallContext, Middleware, Rejected
from providers.middleware.chain import Chain
from providers.routing.circuit import CircuitBreaker
from providers.routing.gate import Gate
from providers.types import Completion, CompletionRequest, Credential, ProviderConfig, Usage

TOOK = Usage(input_tokens=100, output_tokens=20)
GIVEN = Completion(text="{}", model="gpt-5-mini", finish="stop", usage=TOOK, request_id="r-1")
OTHERS = Completion(text='{"a": 1}', model="none", finish="stop", usage=Usage())
RECORD = Call(
    id="use_1",
    stage_id="stg_1",
    run=1,
    sequence=1,
    choice=0,
    provider="openai",
    model="gpt-5-mini",
    simulated=True,
    outcome="in_flight",
)


class Plugin(Middleware):
    name = "plugin"

    def __init__(self, **does: Any) -> None:
        self._does = does

    def _give(self, hook: str) -> Any:
        given = self._does.get(hook)
        if isinstance(given, Exception):
            raise given
        return given

    def before(self, call: CallContext, request: CompletionRequest) -> Any:
        return self._give("before")

    def after(self, call: CallContext, completion: Completion) -> Any:
        return self._give("after")

    def on_error(self, call: CallContext, error: ProviderError) -> Any:
        return self._give("on_error")


def inquiry(
    plugin: Plugin, given: Completion | Exception, mode: str = "native", last: bool = False
) -> Inquiry:
    def call(*_: Any, **__: Any) -> Completion:
        if isinstance(given, Exception):
            raise given
        return given

    asker: Any = SimpleNamespace(
        provider=lambda *_: None,
        stages=SimpleNamespace(begin_call=lambda *_, **__: RECORD),
        caller=SimpleNamespace(call=call),
        gate=Gate(CircuitBreaker()),
        refused=lambda one: one.claim.refused.append(one.asked.mode),
    )
    config = ProviderConfig(name="openai", kind="openai")
    deployment = Target(provider=config, model="gpt-5-mini")
    claim: Any = SimpleNamespace(job=SimpleNamespace(deadline=None), refused=[])
    request = CompletionRequest(model="m", messages=())
    asked: Any = SimpleNamespace(mode=mode, request=request, last=last)
    exchange = Chain([plugin]).enter(
        CallContext(provider="openai", model="gpt-5-mini", credentials=(Credential(name=""),))
    )
    others: Any = SimpleNamespace(token=None, choice=0)
    return Inquiry(asker, claim, others, others, deployment, asked, exchange)


def test_an_answer_that_a_plugin_changed_costs_what_the_provider_took() -> None:
    one = inquiry(Plugin(after=OTHERS), GIVEN)
    call = one.succeeded(one.answer())
    assert call is not None
    assert (call.answer, call.input_tokens, call.output_tokens) == (OTHERS.text, 100, 20)
    assert (call.request_id, call.price_source != "unpriced") == ("r-1", True)


def test_an_answer_that_a_plugin_refuses_is_paid_for() -> None:
    one = inquiry(Plugin(after=Rejected("no")), GIVEN)
    with pytest.raises(Rejected) as caught:
        one.answer()
    call = one.failed(caught.value)
    assert call is not None
    assert (call.outcome, call.input_tokens, call.output_tokens) == ("failed", 100, 20)
    assert call.cost_micros
    assert call.request_id == "r-1"


def test_a_failure_that_a_plugin_answers_stays_a_failure_on_record() -> None:
    one = inquiry(Plugin(on_error=OTHERS), ProviderUnavailable("down"))
    completion = one.answer()
    assert completion == OTHERS
    assert one.succeeded(completion) is None, "it is not the provider's"
    failed = one.replaced()
    assert failed is not None
    assert (failed.outcome, failed.input_tokens) == ("failed", None)


def test_what_was_never_asked_has_no_record() -> None:
    one = inquiry(Plugin(before=OTHERS), replace(GIVEN))
    assert one.succeeded(one.answer()) is None
    assert one.replaced() is None


@pytest.mark.parametrize(
    ("mode", "last", "again", "remembered"),
    [
        ("native", False, True, ["native"]),
        ("prompt", True, False, ["prompt"]),
        (FIELDS, False, True, []),
    ],
)
def test_a_refused_schema_leaves_the_model_only_with_its_last_mode(
    mode: str, last: bool, again: bool, remembered: list[str]
) -> None:
    one = inquiry(Plugin(), SchemaRefused("grammar too large"), mode, last)
    with pytest.raises(SchemaRefused) as caught:
        one.answer()
    call = one.failed(caught.value)
    assert call is not None
    assert call.error is not None
    assert call.error["retryable"] is again
    claim: Any = one.claim
    assert claim.refused == remembered, "of a part nothing is known of the whole"
