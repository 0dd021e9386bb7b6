"""When to ask the same deployment again: it decides, and who made the call waits or does not.

A durable stage waits through the outbox when the wait is long, so nothing sleeps here.
"""

import random

from providers.errors import ProviderError, ProviderTimeout
from providers.middleware.base import CallContext, Middleware

MAX_ATTEMPTS = 4  # of one deployment, before a fallback is worth more than a wait
FIRST_DELAY = 0.25  # seconds
MAX_DELAY = 30.0  # seconds, of our own backoff
MAX_RETRY_AFTER = 3600.0  # seconds; a vendor that asks for more is given up on
JITTER = 0.25  # of the delay, added, so that what failed together does not return together


class Retry(Middleware):
    """Sets `CallContext.retry_in`."""

    name = "retry"

    def on_error(self, call: CallContext, error: ProviderError) -> None:
        call.retry_in = retry_delay(error, call.attempt)


def retry_delay(error: ProviderError, attempt: int) -> float | None:
    """Seconds to wait after `attempt` (the first is 1) failed with `error`; None: do not.

    A short delay is slept in place, a long one belongs in the outbox: that line is the caller's.
    The vendor's Retry-After is a floor, never shortened.
    """
    if not error.retryable or attempt >= MAX_ATTEMPTS:
        return None
    if error.retry_after is not None and error.retry_after > MAX_RETRY_AFTER:
        return None
    # A timeout has cost its whole limit already, and says that the vendor is slow.
    first = 4 * FIRST_DELAY if isinstance(error, ProviderTimeout) else FIRST_DELAY
    delay = min(MAX_DELAY, first * 2.0 ** (attempt - 1))
    delay = max(delay, error.retry_after or 0.0)
    return delay * (1 + JITTER * random.random())
