"""Delivers webhooks, one attempt a message."""

import logging
from uuid import UUID

import psycopg
import psycopg_pool
from celery import shared_task

from tasks import names
from tasks.runtime import container

log = logging.getLogger(__name__)


@shared_task(name=names.DELIVER)
def deliver(tenant: str, delivery_id: str) -> None:
    """Make one attempt; what follows from it is written down, and dispatched when it is due.

    An attempt that crashes or cannot be written down keeps its lease, and goes out again under
    the same id once that has run out.
    """
    try:
        container().delivery.deliver(UUID(tenant), delivery_id)
    except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
        fields = {"delivery_id": delivery_id, "error": str(error).splitlines()[:1]}
        log.warning("delivery_not_recorded", extra=fields)
    except Exception:
        log.exception("delivery_crashed", extra={"delivery_id": delivery_id})
