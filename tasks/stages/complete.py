"""`complete`: ask the model, on its provider's queue."""

from celery import shared_task

from app.container import Container
from app.repositories.claims import Claim
from app.services.leases import Hold
from tasks import names
from tasks.base import run_stage


def _work(services: Container, claim: Claim, hold: Hold) -> bool:
    return services.extraction.complete(claim, hold)


@shared_task(name=names.EXTRACT_COMPLETE)
def complete(tenant: str, stage: str) -> None:
    run_stage(tenant, stage, _work)
