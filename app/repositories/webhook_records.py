"""Rows of webhooks as frozen values. Secrets stay sealed in them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.repositories.records import FromRow


@dataclass(frozen=True, kw_only=True)
class Endpoint(FromRow):
    """An address that a tenant wants told."""

    id: str
    url: str
    event_types: list[str]
    description: str
    metadata: dict[str, Any]
    include_result: bool
    enabled: bool
    secret: bytes = field(repr=False)  # sealed
    previous_secret: bytes | None = field(repr=False, default=None)
    previous_until: datetime | None = None  # until then both secrets sign
    failing_since: datetime | None = None  # None: the last attempt was good
    disabled_at: datetime | None = None  # by us
    disabled_reason: str | None = None  # gone | failing
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class SigningSecret(FromRow):
    """What signs for the jobs' own URLs of a tenant."""

    secret: bytes = field(repr=False)  # sealed
    previous_until: datetime | None = None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Attempt(FromRow):
    """One try of a delivery."""

    delivery_id: str
    number: int
    status_code: int | None  # None: no answer
    error: str | None
    response: str | None  # its first kilobyte
    latency_ms: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Delivery(FromRow):
    """One event on its way to one address; `id` is the webhook-id of every attempt."""

    id: str
    endpoint_id: str | None  # None: to the job's own URL
    url: str | None
    event_id: str | None
    job_id: str | None
    type: str
    payload: str
    status: str  # pending | dispatched | delivering | succeeded | failed | canceled
    attempts: int
    available_at: datetime
    created_at: datetime
    ended_at: datetime | None = None
    log: tuple[Attempt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DeliveryClaim(FromRow):
    """A delivery held by this worker until its lease ends, and what it needs to send it."""

    tenant_id: UUID
    id: str
    epoch: int
    attempts: int  # with this one
    slot: int  # which wait of the schedule comes after a failure
    type: str
    payload: str
    endpoint_id: str | None
    to_url: str | None
    enabled: bool
    include_result: bool
    result: Any
    result_bytes: int | None
    secret: bytes | None = field(repr=False)  # sealed
    previous_secret: bytes | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class AttemptEnd:
    """How an attempt came out, and what that means for its delivery and its target."""

    status: str  # of the delivery: succeeded | pending | failed | canceled
    ok: bool = False
    delay: float = 0.0  # seconds to the next attempt
    slots: int = 1  # how far the schedule moves on
    logged: bool = True  # an attempt was made
    slow_down: float | None = None  # seconds in which the target gets nothing else
    gone: bool = False
    status_code: int | None = None
    error: str | None = None
    response: str | None = None
    latency_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Dispatch(FromRow):
    """A delivery whose message is to be published."""

    tenant_id: UUID
    id: str
