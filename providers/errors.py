"""What a provider call can end in, other than an answer.

ProviderError
├── TransientError        try again, here or elsewhere
│   ├── RateLimited
│   ├── ProviderUnavailable   5xx, connection refused or reset
│   ├── ProviderTimeout       the wall-clock deadline passed
│   └── IncompleteAnswer      the stream or body was cut
├── PermanentError        the same request will fail again on this deployment
│   ├── AuthenticationFailed
│   ├── QuotaExhausted        a 429 that waiting does not cure
│   ├── InvalidRequest
│   │   ├── ContextTooLong
│   │   ├── ModelNotFound
│   │   │   └── UnknownModel   no provider of ours lists it; a ValueError too
│   │   └── SchemaRefused
│   └── ContentRefused
└── CallCanceled          we stopped it ourselves
"""

from providers.types import Usage


class ProviderError(Exception):
    """Root of the tree. Plain attributes only, so that it pickles."""

    code = "provider_error"
    retryable = False

    def __init__(
        self,
        message: str,
        *,
        provider: str = "",
        model: str = "",
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.model = model
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after  # seconds
        self.usage = usage  # what the failed call was billed, when the vendor said so

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, dict(self.__dict__)))


def _rebuild(kind: type[ProviderError], message: str, state: dict[str, object]) -> ProviderError:
    error = kind(message)
    error.__dict__.update(state)
    return error


class TransientError(ProviderError):
    code = "provider_transient"
    retryable = True


class RateLimited(TransientError):
    code = "provider_rate_limited"


class ProviderUnavailable(TransientError):
    code = "provider_unavailable"


class ProviderTimeout(TransientError):
    code = "provider_timeout"


class IncompleteAnswer(TransientError):
    code = "provider_incomplete_answer"


class PermanentError(ProviderError):
    code = "provider_permanent"


class AuthenticationFailed(PermanentError):
    code = "provider_authentication_failed"


class QuotaExhausted(PermanentError):
    code = "provider_quota_exhausted"


class InvalidRequest(PermanentError):
    code = "provider_invalid_request"


class ContextTooLong(InvalidRequest):
    code = "provider_context_too_long"


class ModelNotFound(InvalidRequest):
    code = "provider_model_not_found"


class UnknownModel(ModelNotFound, ValueError):
    code = "unknown_model"


class SchemaRefused(InvalidRequest):
    code = "provider_schema_refused"


class ContentRefused(PermanentError):
    code = "provider_content_refused"


class CallCanceled(ProviderError):
    code = "call_canceled"
