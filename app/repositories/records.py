"""Rows as frozen values. Every time is timezone-aware; money is integer micro-dollars."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self
from uuid import UUID

ENDED = frozenset({"succeeded", "failed", "canceled", "expired"})
PRIORITIES = {"high": 0, "normal": 1, "low": 2}


class FromRow:
    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Build from a row; columns that the record does not name are passed over."""
        return cls(**{f.name: row[f.name] for f in fields(cls) if f.name in row})  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Tenant(FromRow):
    id: UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ApiKey(FromRow):
    id: str  # public part of the token
    tenant_id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Job(FromRow):
    id: str
    tenant_id: UUID
    pipeline: str
    pipeline_version: int
    status: str
    priority: str
    metadata: dict[str, Any]
    created_at: datetime
    input: dict[str, Any] = field(default_factory=dict)  # {}: it was not read; it may be large
    output: Any = None
    error: dict[str, Any] | None = None  # {code, message, errors: [{pointer, detail}]}
    progress: dict[str, int] | None = None  # batches: total, succeeded, failed, remaining
    started_at: datetime | None = None
    ended_at: datetime | None = None
    deadline: datetime | None = None
    cancel_requested_at: datetime | None = None
    request_id: str | None = None
    traceparent: str | None = None
    run: int = 1  # 1 = first; a retry adds one
    webhook_url: str | None = None  # told when the job has ended
    erased_at: datetime | None = None  # its content is gone
    key_id: str | None = None  # of the API key that submitted it, or the schedule that fired it

    @property
    def ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True, kw_only=True)
class Stage(FromRow):
    id: str
    job_id: str
    name: str
    lane: str  # core, or a provider's name
    status: str
    item_index: int | None = None
    item: dict[str, Any] | None = None  # what the client sent for this item
    attempts: int = 0
    recoveries: int = 0
    queued_at: datetime | None = None  # since when it could have run
    dispatched_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    provider: str | None = None
    model: str | None = None
    report: dict[str, Any] | None = None  # how its answer became valid
    cache: str | None = None  # where its answer came from: hit | miss | shared
    output: Any = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Call(FromRow):
    """One provider call: a row of the usage table."""

    id: str
    stage_id: str
    run: int
    sequence: int
    choice: int  # index into the job's list of models
    provider: str
    model: str
    simulated: bool
    outcome: str  # in_flight | succeeded | failed | canceled | unknown
    credential: str | None = None  # which of the provider's keys; None: it has one
    mode: str | None = None  # native | strict_tool | tool | prompt | fields
    verdict: str | None = None  # valid | invalid, once the answer was checked
    answer: str | None = None
    error: dict[str, Any] | None = None
    request_id: str | None = None
    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_micros: int | None = None
    price_source: str | None = None
    latency_ms: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Event(FromRow):
    id: str
    job_id: str
    sequence: int
    type: str
    data: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class UsageTotals(FromRow):
    """All provider calls of a job together."""

    calls: int = 0
    input_tokens: int = 0  # with what was read from and written to caches
    output_tokens: int = 0  # with reasoning
    cost_micros: int | None = None  # None when a call is unpriced
    simulated_calls: int = 0
