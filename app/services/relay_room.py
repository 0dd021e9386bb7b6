"""How much the broker may still be handed, by lane and by tenant."""

import time
from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from app.infra.lanes import CORE, provider_of
from app.infra.settings import Settings
from app.repositories.outbox import OutboxRepository
from app.services.fair_share import Room
from providers.routing.allowances import Allowances
from providers.routing.pools import Pools

LIMITS_SECONDS = 5.0  # between readings of the tenants' limits
COUNTED_SECONDS = 0.03  # that a reading of what is at the broker serves, while there is plenty
LEAST = 8  # messages that a lane's queues may hold, however few its slots
CORE_WAITING = 50


class RoomService:
    """Few messages wait at the broker, where the first come is the first served: whatever a
    tenant has there is ahead of everybody else's next job.
    """

    def __init__(
        self, outbox: OutboxRepository, settings: Settings, allowances: Allowances
    ) -> None:
        self._outbox = outbox
        self._allowances = allowances
        self._providers = settings.providers
        self._waiting = settings.relay.max_waiting_per_lane
        self._max_in_flight = settings.limits.max_in_flight
        capped = any(p.max_in_flight for p in settings.providers.values())
        self._exact = bool(capped or self._max_in_flight or allowances.providers)
        self._limits_read = 0.0
        self._caps: Mapping[UUID, int | None] = {}
        self._counted = 0.0
        self._room = Room(lanes={}, tenants={})
        self.weights: Mapping[UUID, int] = {}

    def now(self) -> Room:
        """The room left. While there is plenty, what has ended since is not asked each time."""
        if time.monotonic() - self._counted >= COUNTED_SECONDS or not self._plenty():
            self._refresh()
            self._counted = time.monotonic()
            self._room = self._read_room()
        return self._room

    def _plenty(self) -> bool:
        """Whether nobody is held to a number, and every lane has room for more than waits."""
        exact = self._exact or self._room.tenants
        return not exact and min(self._room.lanes.values(), default=0) >= LEAST

    def _read_room(self) -> Room:
        """From what is at the broker and at work."""
        lanes = {lane: self._lane_cap(lane) for lane in (CORE, *self._providers)}
        caps = {lane: p.max_in_flight for lane, p in self._providers.items() if p.max_in_flight}
        jobs: dict[UUID, int] = {}
        answers: Counter[str] = Counter()  # to be validated, by provider
        rates = Pools(self._allowances)
        for load in self._outbox.loads():
            jobs[load.tenant_id] = jobs.get(load.tenant_id, 0) + load.jobs
            rates.use(load.deployment, load.tokens, load.waiting)
            if load.lane in lanes:
                lanes[load.lane] -= load.waiting
            answers[provider_of(load.lane) or ""] += load.waiting
            if load.lane in caps:
                caps[load.lane] -= load.waiting + load.running
        for provider in self._providers:  # where answers heap up, fewer are asked for
            lanes[provider] -= max(0, answers[provider] - self._lane_cap(provider))
        lanes |= {lane: min(lanes[lane], left) for lane, left in caps.items()}
        cap = self._max_in_flight or None
        tenants = {t: (self._caps.get(t) or cap, jobs.get(t, 0)) for t in jobs.keys() | self._caps}
        return Room(
            lanes=lanes,
            tenants={t: most - held for t, (most, held) in tenants.items() if most is not None},
            each=cap,
            rates=rates,
        )

    def _lane_cap(self, lane: str) -> int:
        if self._waiting:
            return self._waiting
        if lane not in self._providers:
            return CORE_WAITING
        return max(LEAST, self._providers[lane].concurrency // 2)

    def _refresh(self) -> None:
        if time.monotonic() - self._limits_read >= LIMITS_SECONDS:
            self._limits_read = time.monotonic()
            self.weights, self._caps = self._outbox.limits()
