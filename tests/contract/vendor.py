"""What the contract has to know of a vendor: how it says on the wire what all of them say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from providers.types import Usage

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Vendor:
    kind: str
    prefix: str  # of the base URL
    path: str  # that a call must reach
    model: str
    key_header: str
    request_id_header: str
    answer: Callable[[str, str], Json]  # (text, finish in the vendor's words) -> body
    finishes: dict[str, str]  # the vendor's word -> ours
    refusals: list[Json]
    unfinished: list[Json]
    usage: Usage  # what `answer` bills
    error: Callable[[int, str, str], Json]  # (status, code, message) -> body
    errors: list[tuple[int, str, str, str]] = field(default_factory=list)  # (..., our code)
    schema_of: Callable[[Json], Any] = field(default=lambda body: None)
    system_of: Callable[[Json], Any] = field(default=lambda body: None)
    limit_of: Callable[[Json], Any] = field(default=lambda body: None)

    def __str__(self) -> str:
        return self.kind


COMMON_ERRORS = [
    (500, "", "oops", "provider_unavailable"),
    (502, "", "bad gateway", "provider_unavailable"),
    (503, "", "busy", "provider_unavailable"),
    (529, "overloaded_error", "Overloaded", "provider_unavailable"),
    (401, "", "no", "provider_authentication_failed"),
    (403, "", "no", "provider_authentication_failed"),
    (413, "", "too big", "provider_context_too_long"),
    (402, "", "pay", "provider_quota_exhausted"),
    (429, "", "slow down", "provider_rate_limited"),
    (400, "", "what?", "provider_invalid_request"),
    (422, "", "what?", "provider_invalid_request"),
    (302, "", "elsewhere", "provider_invalid_request"),
]
