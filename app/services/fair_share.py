"""Who goes next: deficit round robin over tenants (Shreedhar and Varghese, 1995).

Pure: it is given what waits and what room there is, and remembers only whose turn it is and what
each tenant has saved up.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.repositories.outbox import Waiting
from providers.routing.allowances import Allowances
from providers.routing.pools import Pools


@dataclass
class Room:
    """What may still be handed to the broker; counted down while choosing."""

    lanes: dict[str, int]  # messages that a lane's queues may still take
    tenants: dict[UUID, int]  # jobs that a tenant may still begin
    each: int | None = None  # of a tenant not named there; None: as many as it likes
    rates: Pools = field(default_factory=lambda: Pools(Allowances({})))  # of the providers


class FairShare:
    """One relay's turns."""

    def __init__(self) -> None:
        self._order: deque[UUID] = deque()  # the next tenant first
        self._saved: dict[UUID, float] = {}

    def choose(
        self,
        waiting: Mapping[UUID, Sequence[Waiting]],
        weights: Mapping[UUID, int],
        room: Room,
        limit: int,
    ) -> list[Waiting]:
        """At most `limit` messages, as many turns a tenant as its weight (1 when not given).

        Each tenant's messages come in its own order; one whose lane is full, or whose deployment's
        limits are used up, waits, and those behind it may go.
        """
        self._enter(waiting)
        queues = {tenant: deque(messages) for tenant, messages in waiting.items()}
        lightest = min((weights.get(t, 1) for t in queues), default=1)
        chosen: list[Waiting] = []
        while queues and len(chosen) < limit:
            tenant = self._order[0]
            if tenant in queues:
                self._saved[tenant] += weights.get(tenant, 1) / lightest
                while self._saved[tenant] >= 1 and len(chosen) < limit:
                    message = _next(queues[tenant], room)
                    if message is None:
                        break
                    self._saved[tenant] -= 1
                    chosen.append(message)
                if not queues[tenant]:  # nothing is saved for those who have nothing to send
                    del queues[tenant]
                    self._saved[tenant] = 0.0
            self._order.rotate(-1)
        return chosen

    def _enter(self, waiting: Mapping[UUID, Sequence[Waiting]]) -> None:
        """Newcomers go first: they have waited since they came, the others were served."""
        for tenant in waiting:
            if tenant not in self._saved:
                self._saved[tenant] = 0.0
                self._order.appendleft(tenant)
        for tenant in [t for t in self._order if t not in waiting]:
            self._order.remove(tenant)
            del self._saved[tenant]


def _next(queue: deque[Waiting], room: Room) -> Waiting | None:
    """The tenant's first message that there is room for; those without any leave the queue."""
    while queue:
        message = queue.popleft()
        if room.lanes.get(message.lane, 1) <= 0:
            continue
        if not room.rates.fits(message.deployment, message.tokens) or not _may_begin(message, room):
            continue
        room.rates.use(message.deployment, message.tokens)
        if message.lane in room.lanes:
            room.lanes[message.lane] -= 1
        return message
    return None


def _may_begin(message: Waiting, room: Room) -> bool:
    """Whether the tenant's cap allows it; counts it if it begins a job."""
    if not message.begins:
        return True
    left = room.tenants.get(message.tenant_id, room.each)
    if left is None:
        return True
    room.tenants[message.tenant_id] = left - 1
    return left > 0
