"""Prometheus metrics of provider calls, of one process."""

from prometheus_client import Counter, Histogram

from providers.errors import ProviderError
from providers.middleware.base import CallContext, Deferred, Middleware
from providers.types import Completion

CALLS = Counter("penstock_provider_calls_total", "Calls", ["provider", "model", "outcome"])
TOKENS = Counter("penstock_provider_tokens_total", "Tokens", ["provider", "model", "kind"])
SECONDS = Histogram(
    "penstock_provider_call_seconds",
    "Time to a whole answer",
    ["provider", "model"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
PARTS = ("input", "cache_read", "cache_write", "output", "reasoning")


class Metrics(Middleware):
    """`outcome` is `succeeded` or an error's code: a bounded set."""

    name = "metrics"

    def after(self, call: CallContext, completion: Completion) -> None:
        CALLS.labels(call.provider, call.model, "succeeded").inc()
        SECONDS.labels(call.provider, call.model).observe(completion.latency_ms / 1000)
        for part in PARTS:
            tokens = getattr(completion.usage, f"{part}_tokens")
            if tokens:
                TOKENS.labels(call.provider, call.model, part).inc(tokens)

    def on_error(self, call: CallContext, error: ProviderError) -> None:
        if not isinstance(error, Deferred):
            CALLS.labels(call.provider, call.model, error.code).inc()
