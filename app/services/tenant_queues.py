"""How many messages of each tenant wait, as exactly as a process can know without asking often."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

COUNTED = 1.0  # seconds between counts of a tenant's queue
MOST_TENANTS = 10_000


@dataclass
class _Queue:
    counted: float  # monotonic
    waiting: int
    since: int = 0  # entered after the count began


class TenantQueues:
    """Counts once a second, and adds what this process lets in between.

    A queue may get over its cap by what other processes let in within a second, and by what this
    one is writing at the moment of a count.
    """

    def __init__(self, count: Callable[[UUID, int], int]) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._queues: dict[UUID, _Queue] = {}

    def enter(self, tenant_id: UUID, cap: int) -> bool:
        """Take a place, if there is one."""
        now = time.monotonic()
        with self._lock:
            known = self._queues.get(tenant_id)
            if known is not None:
                if now - known.counted <= COUNTED:
                    return _take(known, cap)
                known.counted, known.since = now, 0  # the others go by the old number meanwhile
        waiting = self._count(tenant_id, cap)
        with self._lock:
            queue = self._queues.get(tenant_id)
            if queue is None:
                if len(self._queues) >= MOST_TENANTS:
                    self._queues.clear()
                queue = self._queues[tenant_id] = _Queue(counted=now, waiting=waiting)
            elif known is not None:
                queue.waiting = waiting + queue.since
            return _take(queue, cap)

    def leave(self, tenant_id: UUID) -> None:
        """Give a place back: nothing was written."""
        with self._lock:
            queue = self._queues.get(tenant_id)
            if queue is not None:
                queue.waiting = max(0, queue.waiting - 1)
                queue.since = max(0, queue.since - 1)


def _take(queue: _Queue, cap: int) -> bool:
    if queue.waiting >= cap:
        return False
    queue.waiting += 1
    queue.since += 1
    return True
