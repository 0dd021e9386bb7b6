"""How every stage task runs: claim, hold the lease, work, and go on only when it is done."""

import logging
import os
import socket
from collections.abc import Callable
from uuid import UUID

import psycopg
from celery.exceptions import Ignore

from app.container import Container
from app.infra.faults import crash_point
from app.infra.logging import contextvars
from app.repositories.claims import Claim
from app.services.leases import Hold
from app.services.stages import ClaimLost
from tasks.runtime import container

log = logging.getLogger(__name__)
WORKER = f"{socket.gethostname()}:{os.getpid()}"
Work = Callable[[Container, Claim, Hold], bool]  # True: the canvas may go on


def run_stage(tenant: str, stage_id: str, work: Work) -> None:
    """Claim the stage and do `work` under a kept lease.

    Returns when the stage is done, by us or before us; raises Ignore otherwise, so that a chain
    stops here and Celery records neither success nor failure.
    """
    services = container()
    tenant_id = UUID(tenant)
    claim = services.claims.claim(
        tenant_id,
        stage_id,
        worker=f"{WORKER}",
        lease_seconds=services.settings.worker.lease_seconds,
    )
    if claim is None:
        if services.claims.status(tenant_id, stage_id) == "done":
            return
        raise Ignore
    crash_point("claim.committed")
    with contextvars.bound_contextvars(
        request_id=claim.job.request_id, job_id=claim.job.id, stage_id=stage_id
    ):
        goes_on = _work(services, claim, work)
    crash_point("stage.committed")
    if not goes_on:
        raise Ignore


def _work(services: Container, claim: Claim, work: Work) -> bool:
    try:
        with services.leases.hold(claim) as hold:
            return work(services, claim, hold)
    except ClaimLost:
        log.warning("claim_lost", extra={"stage": claim.stage.name, "epoch": claim.epoch})
    except psycopg.OperationalError as error:
        # Postgres is away: the lease ends by itself, and the reconciler sends the stage again.
        log.warning("database_unavailable", extra={"error": str(error).splitlines()[0]})
    except Exception:
        log.exception("stage_crashed", extra={"stage": claim.stage.name})
        services.stages.recover(claim)
    return False
