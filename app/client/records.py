"""What the API answers, as frozen values. `raw` keeps the whole JSON object."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

ENDED = frozenset({"succeeded", "failed", "canceled", "expired"})


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run of a pipeline. Times are RFC 3339 texts, as sent."""

    id: str
    status: str  # queued running canceling succeeded failed canceled expired
    pipeline: str = ""
    output: Any = None  # satisfies the job's schema once it succeeded
    error: dict[str, Any] | None = None  # {code, message, errors: [{pointer, detail}]}
    metadata: dict[str, Any] = field(default_factory=dict)
    progress: dict[str, int] | None = None  # batches: total, succeeded, failed, remaining
    usage: dict[str, Any] | None = None  # absent from lists
    stages: tuple[dict[str, Any], ...] = ()  # absent from lists
    created_at: str = ""
    ended_at: str | None = None
    replayed: bool = False  # the answer of an earlier submit with the same Idempotency-Key
    deduplicated: bool = False  # of an earlier, identical submit within the tenant's cooldown
    raw: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def succeeded(self) -> bool:
        return self.status == "succeeded"

    @classmethod
    def of(
        cls, body: Mapping[str, Any], *, replayed: bool = False, deduplicated: bool = False
    ) -> Self:
        return cls(
            id=body["id"],
            status=body["status"],
            pipeline=body.get("pipeline", ""),
            output=body.get("output"),
            error=body.get("error"),
            metadata=body.get("metadata") or {},
            progress=body.get("progress"),
            usage=body.get("usage"),
            stages=tuple(body.get("stages") or ()),
            created_at=body.get("created_at", ""),
            ended_at=body.get("ended_at"),
            replayed=replayed,
            deduplicated=deduplicated,
            raw=dict(body),
        )


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened to a job; `sequence` grows within the job."""

    id: str
    type: str  # job.queued job.running stage.done ... job.succeeded
    job_id: str
    sequence: int
    created_at: str
    data: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def final(self) -> bool:
        """Whether the job ended with this event (a retry may start it again)."""
        return self.type.startswith("job.") and self.type.removeprefix("job.") in ENDED

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        return cls(
            id=str(body.get("id", "")),
            type=str(body["type"]),
            job_id=str(body.get("job_id", "")),
            sequence=int(body.get("sequence", 0)),
            created_at=str(body.get("created_at", "")),
            data=dict(body.get("data") or {}),
            raw=dict(body),
        )


@dataclass(frozen=True, kw_only=True)
class ItemResult:
    """One item of a batch."""

    index: int
    status: str
    id: str | None = None  # the id that the client gave
    output: Any = None
    error: dict[str, Any] | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        return cls(
            index=int(body["index"]),
            status=str(body.get("status", "")),
            id=body.get("id"),
            output=body.get("output"),
            error=body.get("error"),
            raw=dict(body),
        )


@dataclass(frozen=True, kw_only=True)
class JobPage:
    """Part of a list, newest first; pass `next_cursor` as `after` for the next part."""

    jobs: tuple[Job, ...]
    has_more: bool
    next_cursor: str | None
