"""A provider that needs a package of an extra says so."""

import sys

import pytest

from providers.calls import Caller
from providers.errors import PermanentError
from providers.registry import build, check_installed
from providers.types import CompletionRequest, Message, ProviderConfig

BEDROCK = ProviderConfig(
    name="aws", kind="bedrock", base_url="http://127.0.0.1:1", api_key="aws-key"
)


def test_a_call_without_boto3_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    caller, provider = Caller(), build(BEDROCK)
    request = CompletionRequest(model="m", messages=(Message(role="user", content="x"),))
    with pytest.raises(PermanentError, match=r"pip install 'penstock\[bedrock\]'") as caught:
        caller.call(provider, request, timeout=5)
    assert caught.value.provider == "aws"
    caller.close(provider)


def test_doctor_asks_only_for_what_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    check_installed([ProviderConfig(name="openai", kind="openai")])
    with pytest.raises(ModuleNotFoundError, match="boto3 is not installed"):
        check_installed([BEDROCK])
