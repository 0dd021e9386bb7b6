"""What a submission was answered with before: by its idempotency key, or by its question."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg

from app.errors import Unavailable
from app.infra.postgres import Connection
from app.repositories.jobs import SELECT_JOB
from app.repositories.records import Job

FIND_RECORD = """
SELECT pg_try_advisory_xact_lock(hashtextextended(%(tenant)s::text || ' ' || %(key)s, 0)) AS mine"""
READ_RECORD = """
SELECT r.payload_sha256, r.answer, r.job_id, r.deduplicated FROM idempotency_records r
WHERE r.tenant_id = %(tenant)s AND r.key = %(key)s"""
INSERT_RECORD = """
INSERT INTO idempotency_records (tenant_id, key, payload_sha256, job_id, answer, deduplicated)
VALUES (%(tenant)s, %(key)s, %(payload)s, %(job)s, %(answer)s, %(deduplicated)s)"""
# Who asks the same waits here for whoever asks at this moment, and then sees its job.
TAKE_TURN = """
SELECT set_config('lock_timeout', '2s', true), pg_advisory_xact_lock(
    hashtextextended(%(tenant)s::text || encode(%(fingerprint)s, 'hex'), 1))"""
FIND_FIRST = f"""
{SELECT_JOB} AND j.fingerprint = %(fingerprint)s AND j.created_at > %(since)s
  AND j.status IN ('queued', 'running', 'succeeded') AND j.erased_at IS NULL
ORDER BY j.created_at LIMIT 1"""


@dataclass(frozen=True, kw_only=True)
class IdempotencyKey:
    """An idempotency key, and what it came with."""

    key: str
    payload_sha256: bytes


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """How a submission with an idempotency key or a cooldown came out."""

    kind: str  # stored | replayed | mismatch | in_progress | deduplicated | full
    answer: str = ""  # what this request gets; replayed: as it was given
    job_id: str = ""
    first: Job | None = None  # deduplicated: the job that there was
    deduplicated: bool = False  # replayed: what is replayed was so


@dataclass(frozen=True, kw_only=True)
class Cooldown:
    """Within it the same question is answered with its first job."""

    fingerprint: bytes  # SHA-256 of the question
    since: datetime  # a first job is younger


def recorded(connection: Connection, tenant_id: UUID, given: IdempotencyKey) -> Accepted | None:
    """What an idempotency key was answered with; None: the key is new, and ours for now."""
    params = {"tenant": tenant_id, "key": given.key}
    lock = connection.execute(FIND_RECORD, params).fetchone()
    if lock is None or not lock["mine"]:
        return Accepted(kind="in_progress")
    # A statement of its own: its snapshot is taken after the lock was won.
    found = connection.execute(READ_RECORD, params).fetchone()
    if found is None:
        return None
    same = bytes(found["payload_sha256"]) == given.payload_sha256
    return Accepted(
        kind="replayed" if same else "mismatch",
        answer=found["answer"],
        job_id=found["job_id"],
        deduplicated=found["deduplicated"],
    )


def first_of(connection: Connection, tenant_id: UUID, cooldown: Cooldown) -> Job | None:
    """The job that the question is answered with; None: there is none, and it is our turn.

    Raises Unavailable when somebody who asks the same takes seconds for it.
    """
    params = {
        "tenant": tenant_id,
        "fingerprint": cooldown.fingerprint,
        "since": cooldown.since,
    }
    try:
        connection.execute(TAKE_TURN, params)
        # A statement of its own, as above.
        row = connection.execute(FIND_FIRST, params).fetchone()
    except psycopg.errors.LockNotAvailable:
        raise Unavailable("the same is being submitted at this moment; try again") from None
    return Job.of(row) if row else None


def keep(
    connection: Connection, job: Job, given: IdempotencyKey, answer: str, *, deduplicated: bool
) -> None:
    """Put on record what the key was answered with."""
    record = {
        "tenant": job.tenant_id,
        "key": given.key,
        "payload": given.payload_sha256,
        "job": job.id,
        "answer": answer,
        "deduplicated": deduplicated,
    }
    connection.execute(INSERT_RECORD, record)
