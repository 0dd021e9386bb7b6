"""One log line a provider call."""

import logging

from providers.errors import ProviderError
from providers.types import Completion, Embeddings, Health

log = logging.getLogger(__name__)


def log_success(provider: str, model: str, result: Completion | Embeddings | Health | int) -> None:
    fields: dict[str, object] = {"provider": provider, "model": model, "outcome": "succeeded"}
    if isinstance(result, Completion):
        fields |= {"finish": result.finish, "provider_request_id": result.request_id or ""}
    if not isinstance(result, int):
        fields |= {"latency_ms": result.latency_ms}
    log.info("provider_call", extra=fields)


def log_failure(provider: str, model: str, error: ProviderError, latency_ms: int) -> None:
    fields = {
        "provider": provider,
        "model": model,
        "outcome": "failed",
        "code": error.code,
        "status": error.status,
        "error": error.message,
        "latency_ms": latency_ms,
        "provider_request_id": error.request_id,
    }
    log.warning("provider_call", extra=fields)
