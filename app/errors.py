"""The domain error tree; app/api/problems.py alone maps it to HTTP.

PenstockError
├── ConfigError               the operator's settings are wrong
├── InvalidInput              422, with one FieldError a fault
│   └── IdempotencyMismatch   422, same key with another payload
├── Unauthenticated           401
├── Forbidden                 403
├── NotFound                  404 (also another tenant's object)
├── Gone                      410 (its content was erased)
├── Conflict                  409
│   └── IdempotencyInProgress 409
├── PreconditionFailed        412 (it was changed since the version that If-Match names)
├── PayloadTooLarge           413
├── RateLimited               429
└── Unavailable               503
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One fault of a request: where (JSON Pointer into the body) and what."""

    pointer: str
    detail: str


class PenstockError(Exception):
    """Root of the tree. `code` is stable and machine-readable; `detail` is for people."""

    code = "error"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if code:
            self.code = code


class ConfigError(PenstockError):
    code = "invalid_configuration"


class InvalidInput(PenstockError):
    code = "invalid_input"

    def __init__(
        self, detail: str, errors: Sequence[FieldError] = (), *, code: str | None = None
    ) -> None:
        super().__init__(detail, code=code)
        self.errors = tuple(errors)


class IdempotencyMismatch(InvalidInput):
    code = "idempotency_mismatch"


class Unauthenticated(PenstockError):
    code = "unauthenticated"


class Forbidden(PenstockError):
    code = "forbidden"


class NotFound(PenstockError):
    code = "not_found"


class Gone(PenstockError):
    code = "gone"


class Conflict(PenstockError):
    code = "conflict"


class IdempotencyInProgress(Conflict):
    code = "idempotency_in_progress"


class PreconditionFailed(PenstockError):
    code = "precondition_failed"


class PayloadTooLarge(PenstockError):
    code = "payload_too_large"


class RateLimited(PenstockError):
    code = "rate_limited"

    def __init__(
        self, detail: str, *, retry_after: float, code: str | None = None, policy: str = ""
    ) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after  # seconds
        self.policy = policy  # the one that was violated


class Unavailable(PenstockError):
    code = "unavailable"
