"""Whether `[cache] semantic` can work with the other settings."""

from app.errors import ConfigError
from app.infra.settings_sections import CacheSettings
from app.infra.settings_values import nearest
from providers.types import ProviderConfig


def check_semantic(cache: CacheSettings, providers: dict[str, ProviderConfig]) -> None:
    """Raises ConfigError when it is on, and no provider could embed with the model it names."""
    if not cache.semantic:
        return
    name, _, model = (cache.embedding_model or "").partition("/")
    if not name or not model:
        raise ConfigError(
            "cache.embedding_model must name a provider and a model for cache.semantic,"
            " as in openai/text-embedding-3-small"
        )
    if not providers:  # doctor, and processes that serve no jobs
        return
    if name not in providers:
        hint = nearest(name, providers)
        raise ConfigError(f"cache.embedding_model names no provider of the settings: {name}{hint}")
    if not _embeds(providers[name].kind):
        kind = providers[name].kind
        raise ConfigError(f"cache.embedding_model: a provider of kind {kind} has no embeddings")


def _embeds(kind: str) -> bool:
    from providers.adapter import Adapter
    from providers.registry import KINDS

    return KINDS[kind].send_embedding is not Adapter.send_embedding
