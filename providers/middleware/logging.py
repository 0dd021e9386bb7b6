"""One log line a provider call: what was asked of whom, and how it ended. No prompt, no answer."""

import logging

from providers.errors import ProviderError
from providers.middleware.base import CallContext, Deferred, Middleware
from providers.types import Completion

log = logging.getLogger(__name__)


class Logging(Middleware):
    name = "logging"

    def after(self, call: CallContext, completion: Completion) -> None:
        log.info(
            "provider_call",
            extra={
                **_who(call),
                "outcome": "succeeded",
                "finish": completion.finish,
                "latency_ms": completion.latency_ms,
                "provider_request_id": completion.request_id,
            },
        )

    def on_error(self, call: CallContext, error: ProviderError) -> None:
        if isinstance(error, Deferred):
            return
        log.warning(
            "provider_call",
            extra={
                **_who(call),
                "outcome": "failed",
                "code": error.code,
                "status": error.status,
                "error": error.message,
                "latency_ms": int(call.seconds * 1000),
                "provider_request_id": error.request_id,
            },
        )


def _who(call: CallContext) -> dict[str, object]:
    return {"provider": call.provider, "model": call.model, "credential": call.credential}
