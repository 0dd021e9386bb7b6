"""What is at the broker is counted anew when it must be, and not for each message."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from app.infra.settings import load_settings
from app.repositories.outbox import Load, OutboxRepository
from app.services.lane_flow import LEAST, WAIT
from app.services.relay_room import COUNTED_SECONDS, RoomService
from providers.routing.allowances import Allowances

TENANT = UUID(int=1)
ONE = """
[providers.openai]
kind = "openai"
key = "a"
concurrency = 64
"""


class Counted:
    """An outbox that says what is at the broker, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.waiting = 0
        self.caps: dict[UUID, int | None] = {}

    def loads(self) -> list[Load]:
        self.asked += 1
        held = {"waiting": self.waiting, "running": 0, "jobs": self.waiting, "tokens": 0}
        return [Load(tenant_id=TENANT, lane="openai", deployment="openai/m", **held)]

    def limits(self) -> tuple[dict[UUID, int], dict[UUID, int | None]]:
        return {}, self.caps


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr("app.services.relay_room.time.monotonic", lambda: clock.now)
    return clock


def service(folder: Path, outbox: Counted, more: str = "") -> RoomService:
    path = folder / "penstock.toml"
    path.write_text(ONE + more)
    settings = load_settings({"PENSTOCK_CONFIG": str(path)})
    allowances = Allowances(settings.providers)
    return RoomService(cast(OutboxRepository, outbox), settings, allowances)


def test_with_plenty_of_room_one_count_serves_for_a_moment(
    tmp_path: Path, clock: SimpleNamespace
) -> None:
    outbox = Counted()
    room = service(tmp_path, outbox)
    first = room.now()
    assert first.lanes["openai"] == 32
    first.lanes["openai"] -= 10  # chosen by a round
    clock.now += COUNTED_SECONDS / 2
    assert (room.now().lanes["openai"], outbox.asked) == (22, 1)
    clock.now += COUNTED_SECONDS
    assert (room.now().lanes["openai"], outbox.asked) == (32, 2)


def test_with_little_room_each_round_counts(tmp_path: Path, clock: SimpleNamespace) -> None:
    outbox = Counted()
    room = service(tmp_path, outbox)
    room.now().lanes["openai"] -= 25
    outbox.waiting = 30
    assert (room.now().lanes["openai"], outbox.asked) == (LEAST - 30, 2)
    assert (room.now().lanes["openai"], outbox.asked) == (LEAST - 30, 3)


@pytest.mark.parametrize(
    "more",
    ["max_in_flight = 1000\n", "requests_per_minute = 100000\n"],
)
def test_where_a_number_must_be_kept_to_each_round_counts(
    tmp_path: Path, clock: SimpleNamespace, more: str
) -> None:
    outbox = Counted()
    room = service(tmp_path, outbox, more)
    assert [room.now() and outbox.asked for _ in range(3)] == [1, 2, 3]


def test_a_tenant_with_a_cap_of_its_own_is_counted_each_round(
    tmp_path: Path, clock: SimpleNamespace
) -> None:
    outbox = Counted()
    outbox.caps = {TENANT: 5}
    outbox.waiting = 4
    room = service(tmp_path, outbox)
    first: Any = room.now()
    assert (first.tenants[TENANT], room.now() is first, outbox.asked) == (1, False, 2)


def test_what_was_chosen_and_did_not_go_was_not_taken(
    tmp_path: Path, clock: SimpleNamespace
) -> None:
    """While the broker takes nothing, or another relay was first, no lane seems to empty fast."""
    outbox = Counted()
    room = service(tmp_path, outbox)
    assert room.now().lanes["openai"] == 32
    outbox.waiting = LEAST
    for _ in range(200):
        clock.now += 0.05
        room.now().lanes["openai"] -= 100  # as of a batch
    assert room.now().lanes["openai"] == 0, "as many wait as may"


def test_what_went_and_does_not_wait_was_taken(tmp_path: Path, clock: SimpleNamespace) -> None:
    outbox = Counted()
    room = service(tmp_path, outbox)
    room.now()
    outbox.waiting = LEAST
    for _ in range(200):
        clock.now += 0.05
        room.now()
        room.handed(["openai"] * 50 + ["validate.openai"])  # 1,000 a second
    assert room.now().lanes["openai"] == pytest.approx(1_000 * WAIT - LEAST, rel=0.05)
