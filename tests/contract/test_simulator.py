"""Each adapter against the simulator: the two halves agree on the wire formats."""

import contextlib
import importlib.util
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from providers.calls import Caller
from providers.errors import (
    ContentRefused,
    IncompleteAnswer,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
)
from providers.registry import build
from providers.types import Completion, CompletionRequest, Message, ProviderConfig
from schemas.json_schema.dialects import Mode, modes, plan
from schemas.json_schema.parse import parse_answer
from schemas.json_schema.validate import checker_for

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("providers.simulator") is None, reason="no simulator in this tree"
)
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "number": {"type": "string"},
        "total": {"type": "number"},
        "lines": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}}},
        },
    },
    "required": ["number", "total"],
}
KINDS = {
    "openai": ("/openai/v1", "gpt-5-mini"),
    "anthropic": ("/anthropic", "claude-haiku-4-5"),
    "gemini": ("/gemini", "gemini-2.5-flash"),
    "openai_compatible": ("/openai/v1", "gpt-5"),
    "openrouter": ("/openai/v1", "openai/gpt-5"),
    "ollama": ("/openai/v1", "tiny"),
}
if importlib.util.find_spec("boto3"):
    KINDS["bedrock"] = ("/bedrock", "eu.anthropic.claude-haiku-4-5-20251001-v1:0")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "providers.simulator", "--host", "127.0.0.1"]
    process = subprocess.Popen([*command, "--port", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url + "/health")
        yield url
    finally:
        process.terminate()
        process.wait(10)


class Asker:
    def __init__(self, kind: str, url: str) -> None:
        prefix, self.model = KINDS[kind]
        self.kind, self.url = kind, url
        self.caller = Caller()
        self.provider = build(
            ProviderConfig(name="sim", kind=kind, base_url=url + prefix, api_key="simulator")
        )

    def __call__(self, timeout: float = 10.0, **extra: Any) -> Completion:
        messages = (Message(role="user", content="Invoice 4711, total 99.50 EUR"),)
        request = CompletionRequest(model=self.model, messages=messages, **extra)
        return self.caller.call(self.provider, request, timeout=timeout)

    def fault(self, **fault: Any) -> None:
        _send(self.url + "/control/faults", "PUT", {"*": fault})


@pytest.fixture(params=KINDS)
def ask(request: pytest.FixtureRequest, url: str) -> Iterator[Asker]:
    asker = Asker(request.param, url)
    asker()  # the SDK's import must not count against a deadline
    yield asker
    _send(url + "/control/faults", "DELETE")
    asker.caller.close(asker.provider)


def test_an_answer_is_whole(ask: Asker) -> None:
    answer = ask()
    assert answer.text
    assert answer.finish == "stop"
    assert (answer.request_id or "").startswith("sim_")
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0


def test_an_answer_satisfies_the_schema(ask: Asker) -> None:
    shaped = plan(SCHEMA, ask.provider.dialect)
    if shaped.mode != "native":
        pytest.skip("this dialect puts the schema into the prompt")
    answer = ask(schema=shaped.schema)
    assert not checker_for(SCHEMA).errors(shaped.restore(parse_answer(answer.text)))


@pytest.mark.parametrize("mode", ["strict_tool", "tool"])
def test_an_answer_may_be_a_call_of_a_tool(ask: Asker, mode: Mode) -> None:
    if mode not in modes(SCHEMA, ask.provider.dialect):
        pytest.skip("this dialect has no such mode")
    shaped = plan(SCHEMA, ask.provider.dialect, mode)
    answer = ask(schema=shaped.schema, schema_mode=mode)
    assert answer.finish == "stop"
    assert not checker_for(SCHEMA).errors(shaped.restore(parse_answer(answer.text)))


def test_faults(ask: Asker) -> None:
    cases: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"rate_limit": {"times": 1, "retry_after": 1}}, RateLimited),
        ({"error_status": 503, "times": 1}, ProviderUnavailable),
        ({"cut": True}, IncompleteAnswer),
        ({"refuse": True}, ContentRefused),
        ({"timeout": True}, ProviderTimeout),
    ]
    for fault, expected in cases:
        ask.fault(**fault)
        with pytest.raises(expected) as caught:
            ask(timeout=0.3 if expected is ProviderTimeout else 5.0)
        if expected is RateLimited:
            assert getattr(caught.value, "retry_after", None) == 1.0
    _send(ask.url + "/control/faults", "DELETE")
    assert ask().finish == "stop"


def _wait(url: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=1)
            return
        time.sleep(0.05)
    raise AssertionError("the simulator did not come up")


def _send(url: str, method: str, body: Any = None) -> None:
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)
    urllib.request.urlopen(request, timeout=5).close()
