"""What metrics and logs tell of a call: everything that was asked of a vendor, and no text."""

import logging
from contextlib import suppress
from typing import Any

import pytest
from prometheus_client import REGISTRY

from providers.errors import ProviderError, ProviderUnavailable
from providers.middleware.base import CallContext, Deferred
from providers.middleware.chain import Chain
from providers.middleware.logging import Logging
from providers.middleware.metrics import Metrics
from providers.types import Completion, Usage
from tests.unit.middleware.plugins import ASKED

USAGE = Usage(
    input_tokens=1,
    cache_read_tokens=2,
    cache_write_tokens=3,
    output_tokens=4,
    reasoning_tokens=5,
)
ANSWER = Completion(
    text="secret answer", model="m", finish="stop", usage=USAGE, latency_ms=1500, request_id="r1"
)


def ask(model: str, given: Completion | ProviderError) -> None:
    def send(request: Any) -> Completion:
        if isinstance(given, ProviderError):
            raise given
        return given

    call = CallContext(provider="told", model=model, credential="main")
    with Chain([Logging(), Metrics()]).enter(call) as exchange, suppress(ProviderError):
        exchange.complete(ASKED, send)


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"penstock_provider_{name}", {"provider": "told", **labels})


def test_an_answer_counts_with_all_its_tokens() -> None:
    ask("a", ANSWER)
    assert value("calls_total", model="a", outcome="succeeded") == 1
    assert value("call_seconds_sum", model="a") == 1.5
    kinds = ("input", "cache_read", "cache_write", "output", "reasoning")
    assert [value("tokens_total", model="a", kind=kind) for kind in kinds] == [1, 2, 3, 4, 5]


def test_a_failure_counts_by_its_code_and_a_wait_is_none() -> None:
    ask("b", ProviderUnavailable("down"))
    ask("b", Deferred("later"))
    assert value("calls_total", model="b", outcome="provider_unavailable") == 1
    assert value("calls_total", model="b", outcome="deferred") is None
    assert value("call_seconds_count", model="b") is None


def test_a_line_tells_how_a_call_ended(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "providers"):
        ask("c", ANSWER)
        ask("c", ProviderUnavailable("down", status=503, request_id="r2"))
        ask("c", Deferred("later"))
    told = [record.__dict__ for record in caplog.records]
    assert [line["outcome"] for line in told] == ["succeeded", "failed"]
    assert all((d["provider"], d["model"], d["credential"]) == ("told", "c", "main") for d in told)
    good, bad = told
    assert (good["finish"], good["latency_ms"], good["provider_request_id"]) == ("stop", 1500, "r1")
    found = [bad[name] for name in ("code", "status", "error", "provider_request_id")]
    assert found == ["provider_unavailable", 503, "down", "r2"]
    assert "secret" not in str(told)
