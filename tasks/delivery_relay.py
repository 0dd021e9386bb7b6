"""Moves deliveries from Postgres to the broker: a thread of the relay's process.

Postgres decides whose turn it is (app/repositories/webhook_dispatch.py); a message carries ids.
Deliveries are marked before they are published: a crash in between leaves a mark without a
message, which is dispatched again once it is older than `webhooks.redispatch_after_seconds` and
the queue is empty. The other order would send a message that no row knows of.
"""

import logging
import threading
import time

import psycopg
import psycopg_pool
from celery import Celery

from app.infra.faults import crash_point
from app.infra.lanes import WEBHOOKS
from app.infra.notify import DELIVERIES, JOBS, listen
from app.infra.postgres import SYSTEM_ROLE, as_role
from app.wiring.upkeep import Upkeep
from tasks import names
from tasks.publisher import BrokerUnavailable, Publisher

log = logging.getLogger("penstock.deliveries")
SHORTEST_ROUND = 0.02  # seconds: hints that come faster share a round
IDLE_ROUND = 0.05  # the same, when there was nothing to do
SWEEP_EVERY = 1.0
FORGET_EVERY, FORGET_BATCH = 60.0, 2000
MAX_RECOVERIES = 20
PATIENCE = 10  # times redispatch_after, for a message in a queue that is not empty


class DeliveryRelay:
    def __init__(self, services: Upkeep, publisher: Publisher) -> None:
        self._rows = services.dispatch
        self._settings = services.settings.webhooks
        self._publisher = publisher
        self._swept = 0.0
        self._forgot = time.monotonic()

    def round(self) -> int:
        """Dispatch those whose turn it is; how many."""
        self._sweep()
        chosen = self._rows.pick(
            slots=self._settings.concurrency, per_target=self._settings.per_endpoint_concurrency
        )
        if chosen:
            crash_point("delivery.marked")
        sent = 0
        try:
            for delivery in chosen:
                args = (str(delivery.tenant_id), delivery.id)
                self._publisher.publish_task(names.DELIVER, args, WEBHOOKS)
                sent += 1
        finally:
            if sent < len(chosen):
                self._rows.give_back([d.id for d in chosen[sent:]])
        return sent

    def _sweep(self) -> None:
        now = time.monotonic()
        if now - self._swept >= SWEEP_EVERY:
            self._swept = now
            lapsed = self._rows.recover_lapsed(MAX_RECOVERIES)
            lost = self._rows.recover_lost(self._lost_after())
            if lapsed or lost:
                log.info("deliveries_recovered", extra={"lapsed": lapsed, "lost": lost})
        if now - self._forgot >= FORGET_EVERY:
            gone = self._rows.forget(self._settings.keep_days * 86_400, FORGET_BATCH)
            if gone < FORGET_BATCH:
                self._forgot = now

    def _lost_after(self) -> float:
        """A mark's age at which its message counts as lost: longer while messages wait."""
        after = self._settings.redispatch_after_seconds
        waiting = self._publisher.depths([WEBHOOKS])[WEBHOOKS]
        return after * PATIENCE if waiting else after


def run(
    relay: DeliveryRelay, poll: float, woken: threading.Event, stopped: threading.Event
) -> None:
    """Dispatch until stopped; a database or broker that is away is waited for."""
    backoff = 0.1
    while not stopped.is_set():
        try:
            woken.clear()
            sent = relay.round()
            if sent == 0:
                woken.wait(poll)
            backoff = 0.1
            stopped.wait(SHORTEST_ROUND if sent else IDLE_ROUND)
        except (BrokerUnavailable, psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
            log.warning("deliveries_waiting", extra={"why": str(error)[:200], "seconds": backoff})
            stopped.wait(backoff)
            backoff = min(5.0, backoff * 2)
        except Exception:  # a fault of ours must not end the thread: the jobs' relay would not see
            log.exception("delivery_relay_crashed")
            stopped.wait(1.0)


def start(services: Upkeep, app: Celery, stopped: threading.Event) -> threading.Thread:
    """Run it in threads of this process until `stopped`; the thread to wait for then."""
    database, woken = services.settings.database, threading.Event()
    url = as_role(database.system_url or database.url or "", SYSTEM_ROLE)
    poll = services.settings.relay.poll_seconds
    relay = DeliveryRelay(services, Publisher(app))
    for channel in (JOBS, DELIVERIES):
        listener = (url, channel, lambda _: woken.set(), stopped)
        threading.Thread(target=listen, args=listener, daemon=True).start()
    thread = threading.Thread(
        target=run, args=(relay, poll, woken, stopped), name="delivery-relay", daemon=True
    )
    thread.start()
    return thread
