"""`fan_out`: publish a batch as one chord, an item a header task, the join its body."""

from celery import chord, shared_task

from app.container import Container
from app.infra.lanes import CORE
from app.repositories.claims import Claim
from app.services.leases import Hold
from tasks import names
from tasks.base import run_stage
from tasks.stages.item import item
from tasks.stages.join import join


def _work(services: Container, claim: Claim, hold: Hold) -> bool:
    tenant, priority = str(claim.tenant_id), claim.job.priority
    body_id, items = services.batches.leave(claim)
    behind = names.item_priority(priority)
    header = [
        item.si(tenant, stage_id).set(queue=names.queue(lane, behind)) for stage_id, lane in items
    ]
    if header:
        body = join.si(tenant, body_id).set(queue=names.queue(CORE, priority))
        chord(header)(body)
    return services.stages.pass_on(claim)


@shared_task(name=names.EXTRACT_FAN_OUT)
def fan_out(tenant: str, stage: str) -> None:
    run_stage(tenant, stage, _work)
