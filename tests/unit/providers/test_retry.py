import pytest

from providers.errors import (
    AuthenticationFailed,
    CallCanceled,
    ContentRefused,
    IncompleteAnswer,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
)
from providers.middleware.retry import JITTER, MAX_ATTEMPTS, MAX_DELAY, retry_delay


@pytest.mark.parametrize(
    "kind", [AuthenticationFailed, CallCanceled, ContentRefused, QuotaExhausted]
)
def test_what_waiting_does_not_cure(kind: type[Exception]) -> None:
    assert retry_delay(kind("x"), 1) is None


def test_delays_grow_and_end() -> None:
    error = ProviderUnavailable("x")
    delays = [retry_delay(error, attempt) for attempt in range(1, MAX_ATTEMPTS + 1)]
    assert delays[-1] is None
    assert all(0 < d <= MAX_DELAY * (1 + JITTER) for d in delays[:-1])
    assert delays[0] < delays[1] < delays[2]


def test_delays_differ() -> None:
    assert len({retry_delay(IncompleteAnswer("x"), 1) for _ in range(20)}) > 1


@pytest.mark.parametrize("seconds", [1.0, 60.0, 3000.0])
def test_retry_after_is_a_floor(seconds: float) -> None:
    delay = retry_delay(RateLimited("x", retry_after=seconds), 1)
    assert seconds <= delay <= seconds * (1 + JITTER)


def test_an_endless_retry_after_is_not_waited_for() -> None:
    assert retry_delay(RateLimited("x", retry_after=90_000.0), 1) is None
