"""What the presets of `openai_compatible` do in their own way, over HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from providers.calls import Caller
from providers.errors import (
    ContentRefused,
    ContextTooLong,
    InvalidRequest,
    ModelNotFound,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
)
from providers.llm.azure_openai import address
from providers.llm.presets import PRESETS
from providers.registry import build
from providers.types import Completion, CompletionRequest, Message, ProviderConfig, Tool
from tests.contract.conftest import SCHEMA
from tests.contract.line import Line
from tests.contract.streams import STREAMS
from tests.contract.vendors import OPENAI, OPENROUTER
from tests.contract.vendors_compatible import OLLAMA
from tests.contract.wire_server import Reply, StreamReply, WireServer

AskOf = Callable[..., Completion]
LOCAL = ("vllm", "ollama", "llamacpp")


@pytest.fixture
def ask_of(server: WireServer, warm: None) -> Iterator[AskOf]:
    caller, opened = Caller(), []

    def ask_of(kind: str, path: str = "", key: str = "", **extra: Any) -> Completion:
        config = ProviderConfig(name="p", kind=kind, base_url=server.url + path, api_key=key)
        opened.append(build(config))
        messages = (Message(role="user", content="x"),)
        request = CompletionRequest(model="org/m", messages=messages, **extra)
        return caller.call(opened[-1], request, timeout=10)

    yield ask_of
    caller.close(*opened)


@pytest.mark.parametrize("kind", LOCAL)
@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_a_local_model_needs_only_a_base_url(
    kind: str, path: str, server: WireServer, ask_of: AskOf
) -> None:
    server.reply = Reply(OPENAI.answer("x", "stop"))
    ask_of(kind, path, schema=SCHEMA, max_output_tokens=7)
    (seen,) = server.received
    assert seen.path == "/v1/chat/completions"
    assert seen.body["max_tokens"] == 7
    shape = seen.body["response_format"]["json_schema"]
    assert (shape["schema"], "strict" in shape) == (SCHEMA, False)


def test_a_path_of_ones_own_is_kept(server: WireServer, ask_of: AskOf) -> None:
    server.reply = Reply(OPENAI.answer("x", "stop"))
    ask_of("vllm", "/behind/a/proxy")
    assert server.received[0].path == "/behind/a/proxy/chat/completions"


def test_huggingface_says_which_vendor_in_the_model(server: WireServer, ask_of: AskOf) -> None:
    server.reply = Reply(OPENAI.answer("x", "stop"))
    ask_of("huggingface", key="hf_1")
    (seen,) = server.received
    assert (seen.path, seen.body["model"]) == ("/v1/chat/completions", "org/m")
    assert seen.headers["authorization"] == "Bearer hf_1"
    assert PRESETS["huggingface"].base_url == "https://router.huggingface.co/v1"


def test_an_ollama_without_models_is_well(server: WireServer, warm: None) -> None:
    server.reply = Reply({"object": "list", "data": None})
    line = Line(OLLAMA, server.url, "")
    try:
        found = line.caller.run(line.provider, line.provider.health(5), timeout=5)
    finally:
        line.close()
    assert (found.ok, found.detail, found.models) == (True, "0 models", ())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"object": "error", "message": "no `Q2.5` here", "type": "NotFoundError"}, ModelNotFound),
        ({"detail": "The model `Q2.5` does not exist."}, ModelNotFound),  # a gateway's
        ({"error": "The model `Q2.5` does not exist."}, ModelNotFound),
        ({"detail": [{"loc": ["body"], "msg": "bad"}]}, InvalidRequest),
    ],
)
def test_other_shapes_of_an_error(
    body: Any, expected: type[ProviderError], server: WireServer, ask_of: AskOf
) -> None:
    server.reply = Reply(body, status=404)
    with pytest.raises(ProviderError) as caught:
        ask_of("vllm")
    assert type(caught.value) is expected
    told = body.get("message") or body.get("error") or body["detail"]
    assert caught.value.message == told or isinstance(told, list)


def test_a_refusal_is_charged_too(server: WireServer, ask_of: AskOf) -> None:
    body = OPENAI.answer("", "content_filter")
    body["usage"]["cost"] = 0.25
    assert openrouter_says(server, ask_of, body).usage.cost_micros == 250_000


@pytest.mark.parametrize("mode", ["native", "strict_tool", "tool"])
def test_openrouter_holds_vendors_to_a_schema(mode: str, server: WireServer, ask_of: AskOf) -> None:
    server.reply = Reply(OPENAI.answer("{}", "stop"))
    ask_of("openrouter", "/api/v1", schema=SCHEMA, schema_mode=mode)
    ask_of("openrouter", "/api/v1", tools=(Tool(name="t", parameters={"type": "object"}),))
    ask_of("openrouter", "/api/v1")
    shaped, tooled, plain = (received.body for received in server.received)
    assert shaped["provider"] == tooled["provider"] == {"require_parameters": True}
    assert "provider" not in plain


def openrouter_says(server: WireServer, ask_of: AskOf, body: Any, status: int = 200) -> Any:
    server.reply = Reply(body, status=status)
    with pytest.raises(ProviderError) as caught:
        ask_of("openrouter", "/api/v1", schema=SCHEMA)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"code": 502, "message": "Upstream went away"}, ProviderUnavailable),
        ({"code": 429, "message": "Provider returned error"}, RateLimited),
        ({"message": "no code at all"}, ProviderUnavailable),
        (
            {
                "code": 400,
                "message": "Provider returned error",
                "metadata": {"raw": '{"message":"prompt is too long: 9 > 8"}'},
            },
            ContextTooLong,
        ),
        (None, ProviderUnavailable),
    ],
)
def test_openrouter_fails_under_a_200(
    fault: Any, expected: type[Exception], server: WireServer, ask_of: AskOf
) -> None:
    body = OPENAI.answer("half an ans", "error")
    body["usage"]["cost"] = 0.001
    if fault:
        body["choices"][0]["error"] = fault
    error = openrouter_says(server, ask_of, body)
    assert type(error) is expected
    assert error.usage.cost_micros == 1_000
    if fault:
        assert fault["message"] in error.message


def test_openrouter_fails_at_the_end_of_a_stream(server: WireServer) -> None:
    """Without an error event: the finish reason alone says so, and what came is charged."""
    *most, last, usage, done = STREAMS["openrouter"].text(["half an ans"], "stop")
    failed = last.replace(b'"stop"', b'"error"')
    server.reply = StreamReply(parts=[*most, failed, usage, done])
    line = Line(OPENROUTER, server.url, "k")
    try:
        with pytest.raises(ProviderUnavailable) as caught:
            line.hear()
    finally:
        line.close()
    assert caught.value.usage is not None
    assert caught.value.usage.cost_micros == 420


def test_openrouter_says_why_the_vendor_refused(server: WireServer, ask_of: AskOf) -> None:
    flagged = {"code": 403, "message": "no", "metadata": {"reasons": ["violence"]}}
    error = openrouter_says(server, ask_of, {"error": flagged}, 403)
    assert (type(error), error.status) == (ContentRefused, 403)
    under = openrouter_says(server, ask_of, {"error": {**flagged, "metadata": {"raw": "busy"}}})
    assert under.message == "no: busy"


@pytest.mark.parametrize(
    ("given", "micros"),
    [
        ({"cost": 0.25}, 250_000),
        ({"cost": 0}, 0),
        (
            {"cost": 0.01, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.2}},
            210_000,
        ),
        ({"cost": 0.01, "is_byok": False, "cost_details": {"upstream_inference_cost": 9}}, 10_000),
        ({"cost": -1}, None),
        ({"cost": True}, None),
        ({"cost": "1"}, None),
        ({}, None),
    ],
)
def test_openrouter_says_what_it_charged(
    given: Any, micros: int | None, server: WireServer, ask_of: AskOf
) -> None:
    body = OPENAI.answer("x", "stop")
    body["usage"] |= given
    server.reply = Reply(body)
    assert ask_of("openrouter", "/api/v1").usage.cost_micros == micros


@pytest.mark.parametrize(
    ("given", "root", "version"),
    [
        ("https://r.openai.azure.com", "https://r.openai.azure.com/openai/v1", None),
        ("https://r.openai.azure.com/openai/v1/", "https://r.openai.azure.com/openai/v1", None),
        (
            "https://r.openai.azure.com/openai/v1?api-version=preview",
            "https://r.openai.azure.com/openai/v1",
            "preview",
        ),
        ("https://r.x?api-version=2024-10-21", "https://r.x", "2024-10-21"),
        ("https://r.x/openai/?api-version=1", "https://r.x", "1"),
        ("https://r.x/openai/deployments/d/chat?api-version=1", "https://r.x", "1"),
        ("https://gate.x/azure?api-version=1", "https://gate.x/azure", "1"),
    ],
)
def test_azures_forms_of_a_base_url(given: str, root: str, version: str | None) -> None:
    assert address(given) == (root, version)


def test_azure_sends_no_bearer(server: WireServer, ask_of: AskOf) -> None:
    server.reply = Reply(OPENAI.answer("x", "stop"))
    for path in ("/openai/v1", "?api-version=1"):
        ask_of("azure_openai", path, key="k-1")
    for seen in server.received:
        assert seen.headers["api-key"] == "k-1"
        assert "authorization" not in seen.headers


def test_azures_older_form(
    server: WireServer, ask_of: AskOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "OPENAI_API_VERSION"):
        monkeypatch.setenv(name, "env-key")
    server.reply = Reply(OPENAI.answer("x", "stop"))
    answer = ask_of("azure_openai", "?api-version=2024-10-21", key="k-1", max_output_tokens=7)
    assert (answer.text, answer.usage) == ("x", OPENAI.usage)
    (seen,) = server.received
    assert seen.path == "/openai/deployments/org%2Fm/chat/completions?api-version=2024-10-21"
    assert "env-key" not in str(seen)
    assert seen.body["max_completion_tokens"] == 7
    server.reply = Reply(OPENAI.error(429, "", "slow"), status=429, headers={"retry-after": "7"})
    with pytest.raises(RateLimited) as caught:
        ask_of("azure_openai", "?api-version=2024-10-21", key="k-1")
    assert caught.value.retry_after == 7.0
    assert len(server.received) == 2, "the SDK retried"
