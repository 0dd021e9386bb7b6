"""How much the broker may still be handed, by lane and by tenant."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from app.infra.lanes import CORE, validation
from app.infra.settings import Settings
from app.repositories.outbox import OutboxRepository
from app.services.fair_share import Room
from app.services.lane_flow import LEAST, LaneFlow
from providers.routing.allowances import Allowances
from providers.routing.pools import Pools

LIMITS_SECONDS = 5.0  # between readings of the tenants' limits
COUNTED_SECONDS = 0.03  # that a reading of what is at the broker serves, while there is plenty
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
        self._lanes = (CORE, *settings.providers)
        self._waiting = settings.relay.max_waiting_per_lane
        self._max_in_flight = settings.limits.max_in_flight
        capped = any(p.max_in_flight for p in settings.providers.values())
        self._exact = bool(capped or self._max_in_flight or allowances.providers)
        self._limits_read = 0.0
        self._caps: Mapping[UUID, int | None] = {}
        self._counted = 0.0
        self._room = Room(lanes={}, tenants={})
        self._flow = LaneFlow()
        self._handed: Counter[str] = Counter()  # to each lane, since it was counted
        self.weights: Mapping[UUID, int] = {}

    def now(self) -> Room:
        """The room left. While there is plenty, what has ended since is not asked each time."""
        if time.monotonic() - self._counted >= COUNTED_SECONDS or not self._plenty():
            self._refresh()
            self._counted = time.monotonic()
            self._room = self._read_room()
        return self._room

    def handed(self, lanes: Iterable[str]) -> None:
        """Messages have gone to the broker: of each its lane. What is chosen may yet not go."""
        self._handed.update(lanes)

    def _plenty(self) -> bool:
        """Whether nobody is held to a number, and every lane has room for more than waits."""
        exact = self._exact or self._room.tenants
        return not exact and min(self._room.lanes.values(), default=0) >= LEAST

    def _read_room(self) -> Room:
        """From what is at the broker and at work."""
        jobs: Counter[UUID] = Counter()
        waiting: Counter[str] = Counter()
        running: Counter[str] = Counter()
        rates = Pools(self._allowances)
        for load in self._outbox.loads():
            jobs[load.tenant_id] += load.jobs
            waiting[load.lane] += load.waiting
            running[load.lane] += load.running
            rates.use(load.deployment, load.tokens, load.waiting)
        lanes = {lane: self._cap(lane, waiting[lane]) - waiting[lane] for lane in self._lanes}
        for name, provider in self._providers.items():
            answers = waiting[validation(name)]  # where they heap up, fewer are asked for
            lanes[name] -= max(0, answers - self._most(name))
            if provider.max_in_flight:
                held = waiting[name] + running[name]
                lanes[name] = min(lanes[name], provider.max_in_flight - held)
        self._handed.clear()
        cap = self._max_in_flight or None
        tenants = {t: (self._caps.get(t) or cap, jobs[t]) for t in jobs.keys() | self._caps}
        return Room(
            lanes=lanes,
            tenants={t: most - held for t, (most, held) in tenants.items() if most is not None},
            each=cap,
            rates=rates,
        )

    def _cap(self, lane: str, waiting: int) -> int:
        """Messages that may wait in a lane where so many do."""
        if self._waiting or lane == CORE:
            return self._most(lane)
        handed, now = self._handed[lane], time.monotonic()
        return self._flow.cap(lane, self._most(lane), waiting, handed, now)

    def _most(self, lane: str) -> int:
        if self._waiting:
            return self._waiting
        if lane == CORE:
            return CORE_WAITING
        return max(LEAST, self._providers[lane].concurrency // 2)

    def _refresh(self) -> None:
        if time.monotonic() - self._limits_read >= LIMITS_SECONDS:
            self._limits_read = time.monotonic()
            self.weights, self._caps = self._outbox.limits()
