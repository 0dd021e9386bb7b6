"""Which adapter serves which kind of provider."""

from typing import Any

from providers.adapter import Adapter
from providers.base import LLMProvider
from providers.llm.anthropic import AnthropicAdapter
from providers.llm.gemini import GeminiAdapter
from providers.llm.openai import OpenAIAdapter
from providers.llm.openai_compatible import OpenAICompatibleAdapter
from providers.types import ProviderConfig

KINDS: dict[str, type[Adapter[Any]]] = {
    "openai": OpenAIAdapter,
    "anthropic": AnthropicAdapter,
    "gemini": GeminiAdapter,
    "openai_compatible": OpenAICompatibleAdapter,
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
