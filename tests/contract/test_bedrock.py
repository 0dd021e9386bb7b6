"""What only boto3 does: credentials, signing, threads, roles that alternate."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from providers.calls import Caller
from providers.errors import AuthenticationFailed, ProviderError, ProviderTimeout
from providers.llm.bedrock_session import MODELS, boto_client, credentials, region_of
from providers.registry import build
from providers.types import Completion, CompletionRequest, Message, ProviderConfig
from tests.contract.conftest import SCHEMA
from tests.contract.vendors_bedrock import BEDROCK
from tests.contract.wire_server import Reply, WireServer

pytest.importorskip("boto3")
ACCESS = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
AskWith = Callable[..., Completion]


@pytest.fixture
def ask_with(server: WireServer) -> Iterator[AskWith]:
    caller, opened = Caller(), []

    def ask_with(key: str = "t", *said: str, timeout: float = 10, **extra: Any) -> Completion:
        config = ProviderConfig(
            name="p", kind="bedrock", base_url=server.url, api_key=key, region="eu-central-1"
        )
        opened.append(build(config))
        messages = tuple(Message(role="user", content=text) for text in said or ("x",))
        request = CompletionRequest(model=BEDROCK.model, messages=messages, **extra)
        return caller.call(opened[-1], request, timeout=timeout)

    server.reply = Reply(BEDROCK.answer("x", "end_turn"))
    yield ask_with
    caller.close(*opened)


def test_an_access_key_signs(server: WireServer, ask_with: AskWith) -> None:
    ask_with(f"{ACCESS}:{SECRET}")
    ask_with(f"{ACCESS}:{SECRET}:token==")
    plain, temporary = (seen.headers for seen in server.received)
    assert plain["authorization"].startswith("AWS4-HMAC-SHA256 ")
    assert f"Credential={ACCESS}/" in plain["authorization"]
    assert "/eu-central-1/bedrock/aws4_request" in plain["authorization"]
    assert "x-amz-security-token" not in plain
    assert temporary["x-amz-security-token"] == "token=="
    assert SECRET not in str((plain, temporary))


def test_an_error_tells_no_part_of_a_key(server: WireServer, ask_with: AskWith) -> None:
    signed = f"The Canonical String should have been 'x-amz-security-token:token==\n{SECRET}'"
    server.reply = Reply({"message": signed}, status=403)
    with pytest.raises(AuthenticationFailed, match="Canonical String") as caught:
        ask_with(f"{ACCESS}:{SECRET}:token==")
    assert "token==" not in caught.value.message
    assert SECRET not in caught.value.message


def test_without_a_key_boto3_looks_for_one(
    server: WireServer, ask_with: AskWith, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    with pytest.raises(AuthenticationFailed, match="NoCredentialsError"):
        ask_with("")
    assert server.received == []
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    ask_with("")
    assert f"Credential={ACCESS}/" in server.received[0].headers["authorization"]


def test_one_who_speaks_twice_has_one_turn(server: WireServer, ask_with: AskWith) -> None:
    ask_with("t", "one", "two")
    assert server.received[0].body["messages"] == [
        {"role": "user", "content": [{"text": "one"}, {"text": "two"}]}
    ]


@pytest.mark.parametrize("mode", ["strict_tool", "tool"])
def test_a_forced_tool(mode: str, server: WireServer, ask_with: AskWith) -> None:
    used = {"toolUse": {"toolUseId": "1", "name": "answer", "input": {"total": 1.5}}}
    body = BEDROCK.answer("", "tool_use")
    body["output"]["message"]["content"] = [{"text": "I call it."}, used]
    server.reply = Reply(body)
    assert ask_with(schema=SCHEMA, schema_mode=mode).text == '{"total": 1.5}'
    config = server.received[0].body["toolConfig"]
    assert config["toolChoice"] == {"tool": {"name": "answer"}}
    spec = config["tools"][0]["toolSpec"]
    assert (spec["inputSchema"]["json"], spec.get("strict", False)) == (
        SCHEMA,
        mode == "strict_tool",
    )


def test_the_type_in_the_header(server: WireServer, ask_with: AskWith) -> None:
    server.reply = Reply({"message": "slow"}, status=429)
    server.reply.headers = {"x-amzn-ErrorType": "ThrottlingException:http://internal/"}
    with pytest.raises(ProviderError) as caught:
        ask_with()
    assert caught.value.code == "provider_rate_limited"


def test_a_deadline_frees_the_thread(server: WireServer, ask_with: AskWith) -> None:
    server.reply = Reply(b"", before=30)
    with pytest.raises(ProviderTimeout):
        ask_with(timeout=1.5)
    assert server.hung_up.wait(30)
    busy = [t for t in threading.enumerate() if t.name.startswith("bedrock")]
    assert busy, "the pool keeps its threads"
    server.reply = Reply(BEDROCK.answer("fine", "end_turn"))
    assert ask_with().text == "fine"


def test_as_many_at_once_as_the_table_says(server: WireServer) -> None:
    server.reply = Reply(BEDROCK.answer("x", "end_turn"), before=0.4)
    config = ProviderConfig(
        name="p", kind="bedrock", base_url=server.url, api_key="t", concurrency=40
    )
    provider = build(config)
    request = CompletionRequest(model=BEDROCK.model, messages=(Message(role="user", content="x"),))

    async def all_of_them() -> list[Completion]:
        found = await asyncio.gather(*(provider.complete(request, 5.0) for _ in range(40)))
        await provider.aclose()
        return found

    assert len(asyncio.run(all_of_them())) == 40  # one after another would take 16 s


def test_a_process_ends_with_a_call_in_flight(server: WireServer) -> None:
    server.reply = Reply(b"", before=60)
    code = (
        "import sys, threading\n"
        "from providers.calls import Caller\n"
        "from providers.registry import build\n"
        "from providers.types import *\n"
        f"p = build(ProviderConfig(name='p', kind='bedrock', base_url='{server.url}',"
        " api_key='t'))\n"
        "r = CompletionRequest(model='m', messages=(Message(role='user', content='x'),))\n"
        "c = Caller()\n"
        "threading.Thread(target=lambda: c.call(p, r, timeout=50), daemon=True).start()\n"
        "sys.stdin.read()\n"
        "c.close(p)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        deadline = time.monotonic() + 30
        while not server.received and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.received
        said = child.communicate(timeout=30)[1]
    assert child.returncode == 0, said


@pytest.fixture
def provider(server: WireServer) -> Any:
    config = ProviderConfig(
        name="p", kind="bedrock", base_url=server.url, api_key=f"{ACCESS}:{SECRET}"
    )
    return build(config)


@pytest.mark.parametrize("schema", [{}, {"schema": SCHEMA}])
def test_a_count_names_the_model_and_not_its_profile(
    schema: Any, server: WireServer, provider: Any
) -> None:
    server.reply = Reply({"inputTokens": 17})
    messages = (Message(role="system", content="Be"), Message(role="user", content="x"))
    request = CompletionRequest(model=BEDROCK.model, messages=messages, **schema)
    assert asyncio.run(provider.count_tokens(request, 10.0)) == 17
    (seen,) = server.received
    assert seen.path == "/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/count-tokens"
    assert list(seen.body["input"]) == ["converse"]
    assert ("total" in str(seen.body)) == bool(schema)


def test_health_is_the_list_of_another_service(server: WireServer, provider: Any) -> None:
    async def twice() -> list[Any]:
        found = [await provider.health(10.0)]
        server.reply = Reply({"message": f"no, {SECRET}"}, status=403)
        found.append(await provider.health(10.0))
        await provider.aclose()
        return found

    server.reply = Reply({"modelSummaries": [{"modelId": "one"}, {"modelId": "two"}, 3]})
    good, bad = asyncio.run(twice())
    assert (good.ok, good.models) == (True, ("one", "two"))
    assert (bad.ok, bad.detail) == (False, "no, [key]")
    assert [seen.path for seen in server.received] == [
        "/foundation-models?byOutputModality=TEXT"
    ] * 2
    assert "/bedrock/aws4_request" in server.received[0].headers["authorization"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, "https://bedrock.eu-central-1.amazonaws.com"),
        ("https://bedrock-runtime.eu-central-1.amazonaws.com", None),
        ("http://127.0.0.1:1/bedrock", "http://127.0.0.1:1/bedrock"),
    ],
)
def test_where_the_list_is(url: str | None, expected: str | None) -> None:
    config = ProviderConfig(
        name="p", kind="bedrock", base_url=url, api_key="t", region="eu-central-1"
    )
    found = boto_client(config, MODELS).meta.endpoint_url
    assert found == (expected or "https://bedrock.eu-central-1.amazonaws.com")


@pytest.mark.parametrize(
    ("key", "signature", "names"),
    [
        ("", None, 0),
        ("ABSKQmVkcm9ja0FQSUtleS1abc=", "bearer", 0),
        (f"{ACCESS}:{SECRET}", "v4", 3),
        (f"{ACCESS}:", "bearer", 0),
        ("simulator", "bearer", 0),
    ],
)
def test_forms_of_a_key(key: str, signature: str | None, names: int) -> None:
    given, found = credentials(key)
    assert (found, len(given)) == (signature, names)


@pytest.mark.parametrize(
    ("url", "region", "expected"),
    [
        (None, "eu-central-1", "eu-central-1"),
        ("https://bedrock-runtime.us-gov-west-1.amazonaws.com", "eu", "us-gov-west-1"),
        ("https://vpce-1.bedrock-runtime.eu-west-3.vpce.amazonaws.com", None, "eu-west-3"),
        ("http://127.0.0.1:1", "ap-south-1", "ap-south-1"),
        ("http://127.0.0.1:1", "eu", "us-east-1"),
    ],
)
def test_the_region_that_is_signed_for(url: str | None, region: str | None, expected: str) -> None:
    config = ProviderConfig(name="p", kind="bedrock", base_url=url, region=region)
    assert region_of(config) == expected


def test_the_public_address_is_botos() -> None:
    for region, host in (
        ("eu-central-1", "bedrock-runtime.eu-central-1.amazonaws.com"),
        ("cn-north-1", "bedrock-runtime.cn-north-1.amazonaws.com.cn"),
    ):
        config = ProviderConfig(name="p", kind="bedrock", api_key="t", region=region)
        provider: Any = build(config)
        provider.load()
        assert provider._boto.meta.endpoint_url == f"https://{host}"
