"""`validate`: the last gate, against the original schema, in its provider's turn."""

from celery import shared_task

from app.container import Container
from app.repositories.claims import Claim
from app.services.leases import Hold
from tasks import names
from tasks.base import run_stage


def _work(services: Container, claim: Claim, hold: Hold) -> bool:
    return services.extraction.validate(claim)


@shared_task(name=names.EXTRACT_VALIDATE)
def validate(tenant: str, stage: str) -> None:
    run_stage(tenant, stage, _work)
