"""What every adapter makes of an error, through the real SDK, over HTTP."""

import logging
import pickle
import socket
import traceback

import pytest

from providers.calls import Caller
from providers.errors import ProviderError, ProviderUnavailable, RateLimited
from providers.registry import build
from providers.types import CompletionRequest, Message, ProviderConfig
from tests.contract.conftest import KEY, SCHEMA, Ask
from tests.contract.vendor import COMMON_ERRORS, Vendor
from tests.contract.vendors import VENDORS
from tests.contract.wire_server import Reply, WireServer

OWN = [pytest.param(v, case, id=f"{v}-{case[0]}-{case[3]}") for v in VENDORS for case in v.errors]
OTHER_WORDS = ("anthropic", "gemini", "bedrock")  # than OpenAI's


def failure(ask: Ask) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(schema=SCHEMA)
    return caught.value


@pytest.mark.parametrize("case", COMMON_ERRORS, ids=lambda case: f"{case[0]}")
def test_a_status(
    case: tuple[int, str, str, str], vendor: Vendor, server: WireServer, ask: Ask
) -> None:
    status, code, message, ours = case
    server.reply = Reply(vendor.error(status, code, message), status=status)
    server.reply.headers = {vendor.request_id_header: "req-9"}
    error = failure(ask)
    assert (error.code, error.status) == (ours, status)
    assert error.message == message
    assert (error.provider, error.model) == ("mine", vendor.model)
    assert error.request_id == "req-9"
    assert len(server.received) == 1, "the SDK retried"


@pytest.mark.parametrize(("vendor", "case"), OWN, indirect=["vendor"])
def test_a_vendors_own_words(
    case: tuple[int, str, str, str], vendor: Vendor, server: WireServer, ask: Ask
) -> None:
    status, code, message, ours = case
    server.reply = Reply(vendor.error(status, code, message), status=status)
    assert failure(ask).code == ours


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
@pytest.mark.parametrize(
    "body", [b"", b"<html>nginx</html>", b"[]", b"null", b'{"error": "flat"}', b'{"error": [1]}']
)
def test_an_error_in_no_known_shape(
    status: int, body: bytes, vendor: Vendor, server: WireServer, ask: Ask
) -> None:
    server.reply = Reply(body, status=status)
    error = failure(ask)
    assert error.status == status
    assert error.message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"retry-after": "7"}, 7.0), ({"retry-after": "1.5"}, 1.5), ({"retry-after": "soon"}, None)],
)
def test_retry_after(
    headers: dict[str, str],
    seconds: float | None,
    vendor: Vendor,
    server: WireServer,
    ask: Ask,
) -> None:
    server.reply = Reply(vendor.error(429, "", "slow"), status=429, headers=headers)
    error = failure(ask)
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_retry_after_a_date_that_passed(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    server.reply = Reply(vendor.error(503, "", "slow"), status=503)
    server.reply.headers = {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert failure(ask).retry_after == 0.0


@pytest.mark.parametrize("vendor", [v for v in VENDORS if v.kind == "gemini"], indirect=True)
def test_retry_info(server: WireServer, ask: Ask) -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "13.5s"}
    error = {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED", "details": [info]}
    server.reply = Reply({"error": error}, status=429)
    assert failure(ask).retry_after == 13.5


@pytest.mark.parametrize("vendor", [v for v in VENDORS if v.kind not in OTHER_WORDS], indirect=True)
def test_an_error_under_a_200(server: WireServer, ask: Ask) -> None:
    server.reply = Reply({"error": {"code": 429, "message": "upstream is busy"}})
    error = failure(ask)
    assert isinstance(error, RateLimited)
    assert error.message == "upstream is busy"


def test_nobody_listens(vendor: Vendor, warm: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    caller = Caller()
    url = f"http://127.0.0.1:{port}"
    provider = build(ProviderConfig(name="p", kind=vendor.kind, base_url=url, api_key=KEY))
    request = CompletionRequest(model="m", messages=(Message(role="user", content="x"),))
    with pytest.raises(ProviderUnavailable):
        caller.call(provider, request, timeout=5)
    caller.close(provider)


def test_the_key_is_told_to_nobody(
    vendor: Vendor, server: WireServer, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = vendor.error(401, "", f"Incorrect API key provided: {KEY}.")
    server.reply = Reply(said, status=401, headers={"x-echo": KEY})
    error = failure(ask)
    logs = [vars(record) for record in caplog.records]
    assert [log for log in logs if log["msg"] == "provider_call" and log["status"] == 401]
    told = [str(error), repr(error), str(vars(error)), str(logs), caplog.text]
    told.append("".join(traceback.format_exception(error)))
    assert not [text for text in told if KEY in text]
    assert error.__cause__ is None
    assert error.__context__ is None


def test_errors_pickle(vendor: Vendor, server: WireServer, ask: Ask) -> None:
    server.reply = Reply(vendor.error(429, "", "slow"), status=429, headers={"retry-after": "3"})
    error = failure(ask)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)


ENVIRONMENT = {
    "OPENAI_API_KEY": "env-key",
    "OPENAI_ADMIN_KEY": "env-key",
    "OPENAI_ORG_ID": "env-key",
    "OPENAI_PROJECT_ID": "env-key",
    "OPENAI_BASE_URL": "http://env-key.invalid",
    "OPENAI_CUSTOM_HEADERS": "x-env: env-key",
    "ANTHROPIC_API_KEY": "env-key",
    "ANTHROPIC_AUTH_TOKEN": "env-key",
    "ANTHROPIC_BASE_URL": "http://env-key.invalid",
    "ANTHROPIC_CUSTOM_HEADERS": "x-env: env-key",
    "GOOGLE_API_KEY": "env-key",
    "GEMINI_API_KEY": "env-key",
    "GOOGLE_GEMINI_BASE_URL": "http://env-key.invalid",
    "GOOGLE_GENAI_USE_VERTEXAI": "true",
    "GOOGLE_GENAI_API_VERSION": "v9",
    "GOOGLE_CLOUD_PROJECT": "env-key",
    "AZURE_OPENAI_API_KEY": "env-key",
    "AZURE_OPENAI_AD_TOKEN": "env-key",
    "AZURE_OPENAI_ENDPOINT": "http://env-key.invalid",
    "OPENAI_API_VERSION": "env-key",
    "OPENROUTER_API_KEY": "env-key",
    "AWS_ACCESS_KEY_ID": "env-key",
    "AWS_SECRET_ACCESS_KEY": "env-key",
    "AWS_SESSION_TOKEN": "env-key",
    "AWS_BEARER_TOKEN_BEDROCK": "env-key",
    "AWS_PROFILE": "env-key",
    "AWS_REGION": "env-key",
    "AWS_DEFAULT_REGION": "env-key",
    "AWS_ENDPOINT_URL": "http://env-key.invalid",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://env-key.invalid",
    "AWS_MAX_ATTEMPTS": "5",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "http_proxy": "http://127.0.0.1:1",
    "ALL_PROXY": "http://127.0.0.1:1",
}


@pytest.mark.parametrize("key", [KEY, ""])
def test_the_environment_is_not_asked(
    key: str, vendor: Vendor, server: WireServer, warm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if vendor.kind == "bedrock" and not key:
        pytest.skip("without a key boto3 looks for one, in the environment first")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    server.reply = Reply(vendor.answer("x", next(iter(vendor.finishes))))
    caller = Caller()
    url = server.url + vendor.prefix
    provider = build(ProviderConfig(name="p", kind=vendor.kind, base_url=url, api_key=key))
    request = CompletionRequest(model=vendor.model, messages=(Message(role="user", content="x"),))
    caller.call(provider, request, timeout=5)
    caller.close(provider)
    (seen,) = server.received
    assert seen.path == vendor.path
    assert "env-key" not in str(seen.headers)
