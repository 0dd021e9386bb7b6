"""What a provider call came to, as the usage table keeps it."""

import time
from dataclasses import replace

from app.repositories.records import Call
from app.services.deployments import Target
from providers.errors import CallCanceled, ProviderError
from providers.pricing import UNPRICED
from providers.types import Completion, Usage

# It costs nothing only where all is free.
MUCH = Usage(input_tokens=1_000_000, output_tokens=1_000_000)


def succeeded_call(call: Call, completion: Completion, deployment: Target) -> Call:
    """The call with its answer and what it cost."""
    return replace(
        _billed(call, completion.usage, completion.model or call.model, deployment),
        outcome="succeeded",
        answer=completion.text.replace("\0", "\ufffd"),
        request_id=completion.request_id,
        latency_ms=completion.latency_ms,
    )


def _billed(call: Call, usage: Usage, model: str, deployment: Target) -> Call:
    cost = deployment.cost(usage, model)
    if cost.cost_micros == 0 and not _told(usage) and deployment.cost(MUCH, model).cost_micros != 0:
        cost = UNPRICED  # some servers count no tokens, and theirs are not free
    return replace(
        call,
        input_tokens=usage.input_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_tokens=usage.output_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        cost_micros=cost.cost_micros,
        price_source=cost.source,
    )


def _told(usage: Usage) -> bool:
    return usage.total > 0 or usage.cost_micros is not None


def failed_call(
    call: Call, error: ProviderError, started: float, deployment: Target, again: bool
) -> Call:
    """The call with what went wrong; `again`: another call may do better."""
    if error.usage is not None and _told(error.usage):  # a refusal or a cut answer is billed too
        call = _billed(call, error.usage, call.model, deployment)
    return with_failure(call, error, started, again)


def with_failure(call: Call, error: ProviderError, started: float, again: bool) -> Call:
    """The call with what went wrong and how long it took; `started` is by the monotonic clock."""
    canceled = isinstance(error, CallCanceled)
    return replace(
        call,
        outcome="canceled" if canceled else "failed",
        request_id=error.request_id,
        latency_ms=int((time.monotonic() - started) * 1000),
        error={
            "code": error.code,
            "message": error.message[:2000].replace("\0", "\ufffd"),
            "status": error.status,
            "retryable": again,
        },
    )
