"""A job as somebody wants it, and what is made of that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.errors import FieldError, InvalidInput
from app.infra.ids import new_id
from app.repositories.records import Job
from app.services.extract_input import Accepted
from app.services.pipelines import PIPELINES, PipelineInfo
from app.services.principals import Principal


@dataclass(frozen=True, kw_only=True)
class JobSubmission:
    pipeline: str
    input: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]] | None = None
    join: str = "any"
    priority: str = "normal"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    deadline: datetime | None = None  # ends `expired` when it passes
    cancel_after: float | None = None  # seconds; ends `canceled` when they pass
    webhook_url: str | None = None  # told when the job has ended
    request_id: str | None = None
    traceparent: str | None = None


def pipeline_of(wanted: JobSubmission, now: datetime) -> PipelineInfo:
    """What it is to run through. Raises InvalidInput, for a deadline that has passed too."""
    pipeline = PIPELINES.get(wanted.pipeline)
    if pipeline is None:
        known = ", ".join(PIPELINES)
        fault = FieldError("/pipeline", f"no such pipeline; known are {known}")
        raise InvalidInput("the job cannot be accepted", [fault])
    if wanted.deadline is not None and wanted.deadline <= now:
        fault = FieldError("/deadline", "must lie in the future")
        raise InvalidInput("the job cannot be accepted", [fault])
    return pipeline


def queued(
    wanted: JobSubmission,
    principal: Principal,
    pipeline: PipelineInfo,
    accepted: Accepted,
    now: datetime,
) -> Job:
    """The job, not yet stored."""
    progress = None
    if accepted.items is not None:
        total = len(accepted.items)
        progress = {"total": total, "succeeded": 0, "failed": 0, "remaining": total}
    return Job(
        id=new_id("job"),
        tenant_id=principal.tenant_id,
        pipeline=pipeline.name,
        pipeline_version=pipeline.version,
        status="queued",
        priority=wanted.priority,
        input=accepted.input,
        metadata=dict(wanted.metadata),
        webhook_url=wanted.webhook_url,
        key_id=principal.key_id,
        created_at=now,
        deadline=wanted.deadline,
        request_id=wanted.request_id,
        traceparent=wanted.traceparent,
        progress=progress,
    )
