"""The simulator's embeddings, counts and lists, as the real adapters ask for them."""

import importlib.util
import math
from collections.abc import Iterator
from typing import Any

import pytest

from providers.calls import Caller
from providers.errors import (
    IncompleteAnswer,
    InvalidRequest,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
)
from providers.registry import build
from providers.simulator.vectors import vector
from providers.types import CompletionRequest, EmbeddingRequest, Health, Message, ProviderConfig
from tests.unit.simulator.conftest import Running

PREFIX = {"openai": "/openai/v1", "gemini": "/gemini", "anthropic": "/anthropic"}
CHAT = {"openai": "gpt-5-mini", "gemini": "gemini-2.5-flash", "anthropic": "claude-haiku-4-5"}
EMBED = {"openai": "text-embedding-3-small", "gemini": "gemini-embedding-001"}
if importlib.util.find_spec("boto3"):
    PREFIX["bedrock"] = "/bedrock"
    CHAT["bedrock"] = "anthropic.claude-haiku-4-5-20251001-v1:0"
    EMBED["bedrock"] = "amazon.titan-embed-text-v2:0"
ORDER = "Please send the invoice for the wooden table to our office in Ghent"
NEAR = "Please send the bill for the wooden table to our office in Ghent"
FAR = "The patient was given two doses of amoxicillin"


class Asker:
    def __init__(self, kind: str, url: str, key: str = "simulator") -> None:
        self.kind, self.caller = kind, Caller()
        self.provider = build(
            ProviderConfig(name="sim", kind=kind, base_url=url + PREFIX[kind], api_key=key)
        )

    def embed(self, *texts: str, timeout: float = 10.0, **more: Any) -> Any:
        request = EmbeddingRequest(model=EMBED[self.kind], texts=texts, **more)
        work = self.provider.embed(request, timeout)
        return self.caller.run(self.provider, work, timeout=timeout)

    def count(self, text: str, timeout: float = 10.0, **more: Any) -> int:
        messages = (Message(role="user", content=text),)
        request = CompletionRequest(model=CHAT[self.kind], messages=messages, **more)
        work = self.provider.count_tokens(request, timeout)
        return self.caller.run(self.provider, work, timeout=timeout)

    def health(self, timeout: float = 10.0) -> Health:
        work = self.provider.health(timeout)
        return self.caller.run(self.provider, work, timeout=timeout)

    def close(self) -> None:
        self.caller.close(self.provider)


@pytest.fixture(params=PREFIX)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def asker(kind: str, simulator: Running) -> Iterator[Asker]:
    asker = Asker(kind, simulator.url)
    asker.provider.load()  # type: ignore[attr-defined]  # must not count against a deadline
    yield asker
    asker.close()


def cosine(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("kind", EMBED, indirect=True)
def test_similar_texts_are_near(asker: Asker, simulator: Running) -> None:
    found = asker.embed(ORDER, FAR, NEAR, ORDER)
    order, far, near, again = found.vectors
    assert order == again
    assert math.isclose(cosine(order, order), 1.0, rel_tol=1e-6)
    assert cosine(order, far) < 0.4 < 0.8 < cosine(order, near) < 0.99
    sizes = [len(text) for text in (ORDER, FAR, NEAR, ORDER)]
    calls = [[size] for size in sizes] if asker.kind == "bedrock" else [sizes]
    assert found.usage.input_tokens == sum(sum(call) // 4 + 1 for call in calls)
    assert simulator.calls()["by_model"] == {f"{asker.kind}/{EMBED[asker.kind]}": len(calls)}
    assert asker.embed(ORDER).vectors == (order,), "equal texts, equal vectors"


@pytest.mark.parametrize("kind", EMBED, indirect=True)
def test_dimensions_are_as_asked(asker: Asker) -> None:
    usual = {"openai": 1536, "gemini": 3072, "bedrock": 1024}
    assert len(asker.embed("one").vectors[0]) == usual[asker.kind]
    assert [len(v) for v in asker.embed("one", "two", dimensions=64).vectors] == [64, 64]
    with pytest.raises(InvalidRequest):
        asker.embed("one", dimensions=100_000)
    with pytest.raises(InvalidRequest):
        asker.embed("one", "")


def test_odd_texts_have_vectors() -> None:
    for text in ("", "   ", "\ud800", "€€", "ß" * 10_000):
        assert math.isclose(sum(n * n for n in vector(text, 8)), 1.0, rel_tol=1e-9)


def test_tokens_are_counted_and_nothing_is_paid(asker: Asker, simulator: Running) -> None:
    short, long = asker.count("x" * 40), asker.count("x" * 4000)
    assert long - short == 990
    with_schema = asker.count("x" * 40, schema={"type": "object", "properties": {}})
    assert with_schema >= short
    assert simulator.calls()["total"] == 0


def test_health(asker: Asker, simulator: Running) -> None:
    found = asker.health()
    assert found.ok
    assert CHAT[asker.kind] in found.models
    assert simulator.calls()["total"] == 0
    simulator.send("PUT", "/control/faults", {"key:simulator": {"error_status": 401}})
    found = asker.health()
    assert not found.ok
    assert found.detail == "simulated error 401"


def test_faults(asker: Asker, simulator: Running) -> None:
    ask = asker.embed if asker.kind in EMBED else asker.count
    cases: list[tuple[dict[str, Any], type[ProviderError]]] = [
        ({"rate_limit": {"times": 1, "retry_after": 1}}, RateLimited),
        ({"error_status": 503, "times": 1}, ProviderUnavailable),
        ({"cut": True}, IncompleteAnswer),
        ({"timeout": True}, ProviderTimeout),
    ]
    for fault, expected in cases:
        simulator.fault(**fault)
        with pytest.raises(expected):
            ask("some text", timeout=0.5 if expected is ProviderTimeout else 10.0)
    simulator.fault(timeout=True)
    assert asker.health(timeout=0.3).detail == "no answer within 0.3 s"
