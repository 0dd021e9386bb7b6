"""What an owner is told of a job that is not there, or not any more."""

from app.errors import Gone, NotFound
from app.repositories.records import Job


def still_there(job: Job | None) -> Job:
    """The job. Raises NotFound, also for another tenant's; Gone when its content was erased."""
    if job is None:
        raise NotFound("no such job")
    if job.erased_at is not None:
        raise Gone("this job's content was erased")
    return job
