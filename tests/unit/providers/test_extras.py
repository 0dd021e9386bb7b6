"""A provider that needs a package of an extra says so."""

import sys
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.infra.settings import load_settings
from app.stack import roles
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


def test_a_worker_that_could_make_no_call_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "penstock.toml"
    file.write_text('[providers.aws]\nkind = "bedrock"\nregion = "eu-central-1"\n')
    settings = load_settings({"PENSTOCK_CONFIG": str(file)})
    assert roles.worker(settings, "aws").name == "worker-aws"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"providers\.aws: boto3 .*add\.sh boto3"):
        roles.worker(settings, "aws")
