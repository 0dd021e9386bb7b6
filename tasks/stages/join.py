"""`join`: the chord body of a batch or of chunks. It reads Postgres, not the header's results."""

from celery import shared_task

from app.container import Container
from app.repositories.claims import Claim
from app.services.leases import Hold
from tasks import names
from tasks.base import run_stage


def _work(services: Container, claim: Claim, hold: Hold) -> bool:
    if "chunking" in claim.job.input:  # no batch has that
        return services.long_documents.join(claim)
    return services.batches.join(claim)


@shared_task(name=names.EXTRACT_JOIN)
def join(tenant: str, stage: str) -> None:
    run_stage(tenant, stage, _work)
