"""`join`: a batch's chord body. It reads Postgres, not the header's results."""

from celery import shared_task

from app.container import Container
from app.repositories.claims import Claim
from app.services.leases import Hold
from tasks import names
from tasks.base import run_stage


def _work(services: Container, claim: Claim, hold: Hold) -> bool:
    return services.batches.join(claim)


@shared_task(name=names.EXTRACT_JOIN)
def join(tenant: str, stage: str) -> None:
    run_stage(tenant, stage, _work)
