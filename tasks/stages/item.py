"""`item`: one input of a batch, or one chunk of a long document.

A chord header's task: it always returns normally once ended.
"""

from celery import shared_task

from app.container import Container
from app.infra.faults import crash_point
from app.repositories.claims import Claim
from app.services.chunks import as_chunk
from app.services.leases import Hold
from tasks import names
from tasks.base import run_stage


def _work(services: Container, claim: Claim, hold: Hold) -> bool:
    ended = services.extraction.complete(as_chunk(claim), hold)
    if ended and services.batches.closed(claim):
        crash_point("join.decremented")
    return ended


@shared_task(name=names.EXTRACT_ITEM, ignore_result=False)
def item(tenant: str, stage: str) -> None:
    run_stage(tenant, stage, _work)
