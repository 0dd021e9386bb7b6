"""Which adapter serves which kind of provider."""

import importlib.util
from collections.abc import Iterable
from typing import Any

from providers.adapter import Adapter
from providers.base import LLMProvider
from providers.llm.anthropic import AnthropicAdapter
from providers.llm.azure_openai import AzureOpenAIAdapter
from providers.llm.bedrock import BedrockAdapter
from providers.llm.bedrock_session import MISSING
from providers.llm.gemini import GeminiAdapter
from providers.llm.openai import OpenAIAdapter
from providers.llm.openai_compatible import OpenAICompatibleAdapter, preset_adapter
from providers.llm.openrouter import OpenRouterAdapter
from providers.llm.presets import PRESETS
from providers.types import ProviderConfig

OWN_WORDS: dict[str, type[OpenAICompatibleAdapter]] = {
    "azure_openai": AzureOpenAIAdapter,
    "openrouter": OpenRouterAdapter,
}
KINDS: dict[str, type[Adapter[Any]]] = {
    "openai": OpenAIAdapter,
    "anthropic": AnthropicAdapter,
    "gemini": GeminiAdapter,
    "bedrock": BedrockAdapter,
    **{
        kind: preset_adapter(kind, OWN_WORDS.get(kind, OpenAICompatibleAdapter)) for kind in PRESETS
    },
}


def build(config: ProviderConfig) -> LLMProvider:
    """Make the adapter of a provider table; its SDK is imported at the first call.

    Raises ValueError for an unknown kind or a missing base_url.
    """
    adapter = KINDS.get(config.kind)
    if adapter is None:
        known = ", ".join(KINDS)
        raise ValueError(f"provider {config.name!r} has the unknown kind {config.kind!r}: {known}")
    return adapter(config)


def dialect_of(config: ProviderConfig) -> str:
    """The schema dialect of a provider table's kind; no SDK is imported."""
    return KINDS[config.kind].dialect


def check_installed(configs: Iterable[ProviderConfig]) -> None:
    """Raises ModuleNotFoundError when a provider needs a package that is an extra of ours."""
    if importlib.util.find_spec("boto3") is None and any(c.kind == "bedrock" for c in configs):
        raise ModuleNotFoundError(MISSING)
