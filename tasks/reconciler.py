"""The reconciler: finds what stalled and sends it again. One works at a time, others stand by.

    python -m tasks.reconciler

It needs Postgres only: a broker that is down keeps it from nothing but asking how long its
queues are.
"""

import logging
import signal
import threading
from typing import Any

import psycopg
import psycopg_pool

from app.infra.logging import configure_logging
from app.infra.postgres import SYSTEM_ROLE, as_role
from app.infra.settings import load_settings
from app.wiring.upkeep import Upkeep
from tasks.celery_app import celery
from tasks.leader import lead
from tasks.publisher import Publisher

log = logging.getLogger("penstock.reconciler")


def run(services: Upkeep, publisher: Publisher, url: str, stopped: threading.Event) -> None:
    """Reconcile until stopped."""
    every = services.settings.reconciler.interval_seconds
    grace = 1.5 * services.settings.worker.heartbeat_seconds
    leader: psycopg.Connection[Any] | None = None
    away = False
    while not stopped.is_set():
        if leader is None:
            leader = lead(url, stopped, every, grace, away)
            continue
        try:
            leader.execute("SELECT 1")  # still ours?
            away = False
            services.job_gauge.count()
            found = {k: n for k, n in services.recovery.run(publisher.depths).items() if n}
            if found:
                log.info("reconciled", extra=found)
        except (psycopg.Error, psycopg_pool.PoolTimeout) as error:
            log.warning("reconciler_failed", extra={"why": str(error)[:200]})
            leader.close()
            leader, away = None, True
        stopped.wait(every)
    if leader is not None:
        leader.close()


def main() -> None:
    settings = load_settings()
    configure_logging(settings.logging, role="reconciler")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    services = Upkeep(settings)
    url = as_role(settings.database.system_url or settings.database.url or "", SYSTEM_ROLE)
    log.info("reconciler_started")
    run(services, Publisher(celery), url, stopped)
    services.close()
    log.info("reconciler_stopped")


if __name__ == "__main__":
    main()
