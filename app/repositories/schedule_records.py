"""A schedule and a fire of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.repositories.records import FromRow


@dataclass(frozen=True, kw_only=True)
class Schedule(FromRow):
    id: str
    tenant_id: UUID
    name: str
    cron: str | None
    interval_seconds: int | None
    timezone: str
    job: dict[str, Any]  # the body of POST /v1/jobs, with placeholders
    catch_up: str  # skip | latest | all
    catch_up_cap: int
    overlap: str  # allow | skip | cancel_previous
    jitter_seconds: int
    starts_at: datetime | None
    ends_at: datetime | None
    enabled: bool
    next_fire_at: datetime | None
    last_fire_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Due(FromRow):
    """What a tick knows of a schedule before it holds it."""

    tenant_id: UUID
    id: str
    next_fire_at: datetime
    jitter_seconds: int


@dataclass(frozen=True, kw_only=True)
class Fire(FromRow):
    schedule_id: str
    fire_at: datetime  # the nominal moment
    trigger: str  # schedule | manual
    status: str  # fired | skipped | missed | refused
    job_id: str | None = None
    error: dict[str, Any] | None = None
    idempotency_key: str | None = None  # of a trigger
    created_at: datetime | None = None
