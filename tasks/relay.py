"""The relay: moves outbox messages from Postgres to the broker.

    python -m tasks.relay

It locks a batch, publishes each message with a confirm, and only then deletes it: a crash in
between sends a message twice, which a claim makes harmless, and never zero times. No transaction
is open while it publishes.
"""

import logging
import signal
import threading

import psycopg
import psycopg_pool

from app.infra.faults import crash_point
from app.infra.logging import configure_logging
from app.infra.notify import OUTBOX, listen
from app.infra.postgres import SYSTEM_ROLE, as_role
from app.infra.settings import load_settings
from app.repositories.outbox import Message, OutboxRepository
from app.services.fair_share import FairShare
from app.services.relay_room import RoomService
from app.wiring.upkeep import Upkeep
from tasks import delivery_relay
from tasks.celery_app import celery
from tasks.publisher import BrokerUnavailable, Publisher

log = logging.getLogger("penstock.relay")
BUSY_SECONDS = 0.05  # between rounds while something waits for room
BREATH_SECONDS = 0.005  # the same, when the last round found room for some


class Relay:
    """Leaves the backlog in Postgres, where it can be shared out, and keeps the broker short."""

    def __init__(self, services: Upkeep, publisher: Publisher) -> None:
        self._outbox: OutboxRepository = services.outbox
        self._room = RoomService(services.outbox, services.settings, services.allowances)
        self._settings = services.settings.relay
        self._publisher = publisher
        self._share = FairShare()
        self.blocked = False  # something waits for room at the broker
        self.more = False  # there may be some that the last round did not see
        self._wait: float | None = None  # seconds until a provider's limits have some, if they lack

    def round(self) -> int:
        """Publish one batch; how many messages left."""
        room = self._room.now()
        full = [lane for lane, free in room.lanes.items() if free <= 0]
        each = min(self._settings.batch_size, max(1, *room.lanes.values()))
        waiting = self._outbox.candidates(each, full, room.rates.full())
        chosen = self._share.choose(waiting, self._room.weights, room, self._settings.batch_size)
        self._wait = room.rates.seconds
        self.more = sum(map(len, waiting.values())) >= each
        left = sum(map(len, waiting.values())) - len(chosen) - room.rates.refused
        self.blocked = bool(full) or left > 0
        if not chosen:
            return 0
        return self._send(self._outbox.lock([m.id for m in chosen], self._settings.lock_seconds))

    def _send(self, messages: list[Message]) -> int:
        sent: list[Message] = []
        try:
            for message in messages:
                if self._publish(message):
                    sent.append(message)
        finally:
            if sent:
                crash_point("relay.published")
                self._outbox.mark_published([m.id for m in sent])
                self._room.handed(m.lane for m in sent)
            gone = {m.id for m in sent}
            left = [m.id for m in messages if m.id not in gone]
            if left:
                self._outbox.unlock(left)
        return len(sent)

    def _publish(self, message: Message) -> bool:
        try:
            self._publisher.publish(message)
        except LookupError as error:  # an older or newer release wrote it; keep it, loudly
            log.error("stage_without_task", extra={"stage_id": message.stage_id, "why": str(error)})
            return False
        return True

    def pause(self) -> float:
        """Seconds to sleep when nothing left: until there may be room, or something is due."""
        due = self._outbox.next_due()
        poll = BUSY_SECONDS if self.blocked else self._settings.poll_seconds
        if self._wait is not None:
            poll = min(poll, max(BUSY_SECONDS, self._wait))
        return poll if due is None else min(poll, max(0.005, due))


def run(relay: Relay, woken: threading.Event, stopped: threading.Event) -> None:
    """Relay until stopped; a database or broker that is away is waited for."""
    backoff = 0.1
    while not stopped.is_set():
        try:
            woken.clear()
            if relay.round() == 0 or not (relay.more or relay.blocked):
                woken.wait(relay.pause())
            elif not relay.more:
                stopped.wait(BREATH_SECONDS)
            backoff = 0.1
        except (BrokerUnavailable, psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
            log.warning("relay_waiting", extra={"why": str(error)[:200], "seconds": backoff})
            stopped.wait(backoff)
            backoff = min(5.0, backoff * 2)


def main() -> None:
    settings = load_settings()
    configure_logging(settings.logging, role="relay")
    services = Upkeep(settings)
    woken, stopped = threading.Event(), threading.Event()

    def stop(*_: object) -> None:
        stopped.set()
        woken.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    url = settings.database.system_url or settings.database.url or ""
    threading.Thread(
        target=listen,
        args=(as_role(url, SYSTEM_ROLE), OUTBOX, lambda _: woken.set(), stopped),
        daemon=True,
    ).start()
    deliveries = delivery_relay.start(services, celery, stopped)
    log.info("relay_started")
    run(Relay(services, Publisher(celery)), woken, stopped)
    deliveries.join(5.0)
    services.close()
    log.info("relay_stopped")


if __name__ == "__main__":
    main()
