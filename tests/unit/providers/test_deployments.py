import pytest

from providers.errors import ModelNotFound, UnknownModel
from providers.routing.deployments import Deployment, resolve
from providers.types import ProviderConfig

CONFIGS = [
    ProviderConfig(name="openai", kind="openai", models=("gpt-5-mini", "gpt-5")),
    ProviderConfig(name="azure", kind="openai_compatible", models=("gpt-5",), weight=3),
    ProviderConfig(name="local", kind="openai_compatible", base_url="http://localhost"),
    ProviderConfig(name="hub", kind="openai_compatible", models=("meta/llama-4", "gemini-2.5-pro")),
]


def names(models: str | list[str]) -> list[str]:
    return [f"{d.provider}/{d.model}" for d in resolve(models, CONFIGS)]


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        ("openai/gpt-5", ["openai/gpt-5"]),
        ("gpt-5-mini", ["openai/gpt-5-mini"]),
        ("gpt-5", ["azure/gpt-5", "openai/gpt-5"]),
        ("openai", ["openai/gpt-5-mini"]),
        ("local/any/thing", ["local/any/thing"]),
        ("meta/llama-4", ["hub/meta/llama-4"]),
        ("hub/meta/llama-4", ["hub/meta/llama-4"]),
        (["openai/gpt-5", "gpt-5", "openai/gpt-5"], ["openai/gpt-5", "azure/gpt-5"]),
    ],
)
def test_names(models: str | list[str], expected: list[str]) -> None:
    assert names(models) == expected


def test_the_lane_is_the_provider() -> None:
    expected = Deployment(provider="openai", model="gpt-5", lane="openai")
    assert resolve("openai/gpt-5", CONFIGS) == (expected,)


@pytest.mark.parametrize("name", ["openai/gpt-6", "gpt-5-minni", "nobody/gpt-5", "local", "", []])
def test_unknown_models(name: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        resolve(name, CONFIGS)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, ModelNotFound)


def test_the_message_names_the_nearest_and_the_known() -> None:
    with pytest.raises(UnknownModel, match="nearest is 'openai/gpt-5-mini'") as caught:
        resolve("gpt-5-minni", CONFIGS)
    assert "hub/gemini-2.5-pro" in str(caught.value)
