"""What a call can raise.

ClientError
├── CannotReach          no answer: refused, cut, timed out
├── WaitTimeout          the job did not end in the time given
├── JobNotSucceeded      the job ended failed, canceled or expired (has .job)
└── APIError             an answer that is not 2xx (RFC 9457 problem+json)
    ├── Unauthenticated  401
    ├── Forbidden        403
    ├── NotFound         404
    ├── Conflict         409
    ├── Gone             410 (the job's content was erased)
    ├── PreconditionFailed  412 (it was changed since the version that was named)
    ├── InvalidRequest   400, 413, 415, 422
    ├── RateLimited      429 (has .retry_after, seconds)
    └── ServerError      5xx
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.client.records import Job


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault of a request: a JSON Pointer into its body, and what is wrong there."""

    pointer: str
    detail: str


class ClientError(Exception):
    """Root of the tree."""


class CannotReach(ClientError):
    """No answer came: the connection was refused or cut, or time ran out."""


class WaitTimeout(ClientError):
    """The job had not ended when the time was up; it goes on running."""

    def __init__(self, job: Job, seconds: float) -> None:
        super().__init__(f"{job.id} is still {job.status} after {seconds:g} s")
        self.job = job


class JobNotSucceeded(ClientError):
    """The job ended in another state than `succeeded`."""

    def __init__(self, job: Job) -> None:
        message = (job.error or {}).get("message")
        super().__init__(f"{job.id} {job.status}" + (f": {message}" if message else ""))
        self.job = job


class APIError(ClientError):
    """The API refused: status, stable `code`, text, and one Fault a field."""

    def __init__(
        self, status: int, problem: Mapping[str, Any], *, retry_after: float | None = None
    ) -> None:
        self.status = status
        self.title = str(problem.get("title") or f"HTTP {status}")
        self.code = str(problem.get("code") or "error")
        self.detail = str(problem.get("detail") or self.title)
        self.request_id: str | None = problem.get("request_id")
        self.retry_after = retry_after
        faults = problem.get("errors")
        self.errors = tuple(
            Fault(pointer=str(f.get("pointer", "")), detail=str(f.get("detail", "")))
            for f in (faults if isinstance(faults, list) else [])
            if isinstance(f, dict)
        )
        self.problem = dict(problem)
        super().__init__(self.detail)

    def __str__(self) -> str:
        lines = [self.detail, *(f"  {f.pointer or '/'}: {f.detail}" for f in self.errors)]
        return "\n".join(lines)


class Unauthenticated(APIError):
    pass


class Forbidden(APIError):
    pass


class NotFound(APIError):
    pass


class Conflict(APIError):
    pass


class Gone(APIError):
    pass


class PreconditionFailed(APIError):
    pass


class InvalidRequest(APIError):
    pass


class RateLimited(APIError):
    pass


class ServerError(APIError):
    pass


BY_STATUS: dict[int, type[APIError]] = {
    400: InvalidRequest,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Gone,
    412: PreconditionFailed,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
    429: RateLimited,
}


def api_error(status: int, body: bytes, retry_after: float | None = None) -> APIError:
    """The exception for an answer; a body that is no problem document is kept short."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"detail": body[:300].decode("utf-8", "replace").strip() or f"HTTP {status}"}
    kind = BY_STATUS.get(status, ServerError if status >= 500 else APIError)
    return kind(status, problem, retry_after=retry_after)
