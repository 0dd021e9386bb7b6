"""Places in a tenant's queue, taken by many threads."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.services import tenant_queues
from app.services.tenant_queues import TenantQueues

TENANT, OTHER = uuid.uuid4(), uuid.uuid4()


class Stored:
    """What the database would count, with a round trip's time."""

    def __init__(self) -> None:
        self.rows = self.counts = 0

    def count(self, tenant_id: uuid.UUID, most: int) -> int:
        self.counts += 1
        found = self.rows if tenant_id == TENANT else 0
        time.sleep(0.005)
        return found


def fill(queues: TenantQueues, stored: Stored, tries: int, cap: int) -> int:
    def one(_: int) -> bool:
        entered = queues.enter(TENANT, cap)
        stored.rows += entered
        return entered

    with ThreadPoolExecutor(20) as pool:
        return sum(pool.map(one, range(tries)))


def test_threads_get_as_many_places_as_there_are() -> None:
    stored = Stored()
    queues = TenantQueues(stored.count)
    assert fill(queues, stored, 60, cap=5) == 5
    assert stored.counts <= 20  # at most those who were there before the first answer
    assert queues.enter(OTHER, 5)


def test_one_counts_again_while_the_others_go_by_the_old_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = Stored()
    queues = TenantQueues(stored.count)
    assert fill(queues, stored, 10, cap=50) == 10
    before = stored.counts
    now = time.monotonic() + tenant_queues.COUNTED + 1
    monkeypatch.setattr(time, "monotonic", lambda: now)
    stored.rows -= 4  # four have begun
    assert 40 <= fill(queues, stored, 100, cap=50) <= 44  # some came before the new number
    fill(queues, stored, 10, cap=50)
    assert stored.rows == 50
    assert stored.counts == before + 1


def test_a_place_can_be_given_back() -> None:
    queues = TenantQueues(Stored().count)
    assert queues.enter(TENANT, 1)
    assert not queues.enter(TENANT, 1)
    queues.leave(TENANT)
    assert queues.enter(TENANT, 1)
    assert not queues.enter(TENANT, 1)
    queues.leave(OTHER)
