"""What is left of each number that a lane or a tenant is held to."""

from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from app.infra.lanes import CORE, validation
from app.infra.settings import load_settings
from app.repositories.outbox import Load, OutboxRepository
from app.services.lane_flow import LEAST
from app.services.relay_room import CORE_WAITING, RoomService
from providers.routing.allowances import Allowances

ONE, TWO = UUID(int=1), UUID(int=2)
FILE = """
[providers.openai]
kind = "openai"
key = "a"
"""


class Outbox:
    """What is at the broker and at work, and what tenants may have."""

    def __init__(self, loads: list[Load], caps: dict[UUID, int | None] | None = None) -> None:
        self._loads, self._caps = loads, caps or {}

    def loads(self) -> list[Load]:
        return self._loads

    def limits(self) -> tuple[dict[UUID, int], dict[UUID, int | None]]:
        return {ONE: 3}, self._caps


def load(lane: str = "openai", tenant: UUID = ONE, **counts: int) -> Load:
    given: dict[str, Any] = {"waiting": 0, "running": 0, "jobs": 0, "tokens": 0, **counts}
    return Load(tenant_id=tenant, lane=lane, deployment=f"{lane}/m", **given)


def room(folder: Path, outbox: Outbox, more: str, env: dict[str, str] | None = None) -> RoomService:
    path = folder / "penstock.toml"
    path.write_text(FILE + more)
    settings = load_settings({"PENSTOCK_CONFIG": str(path), **(env or {})})
    allowances = Allowances(settings.providers)
    return RoomService(cast(OutboxRepository, outbox), settings, allowances)


@pytest.mark.parametrize(
    ("more", "loads", "left"),
    [
        ("concurrency = 64\n", [], 32),
        ("concurrency = 1\n", [], LEAST),
        ("concurrency = 1\n", [load(waiting=LEAST)], 0),
        ("concurrency = 1\n", [load(running=1)], LEAST),
        ("concurrency = 64\nmax_in_flight = 10\n", [load(waiting=2, running=5)], 3),
        (
            "concurrency = 64\nmax_in_flight = 10\n",
            [load(running=4), load(tenant=TWO, running=4)],
            2,
        ),
        ("concurrency = 64\nmax_in_flight = 10\n", [load(running=12)], -2),
        ("concurrency = 64\nmax_in_flight = 1\n", [], 1),
        ("concurrency = 64\n", [load(validation("openai"), waiting=32)], 32),
        ("concurrency = 64\n", [load(validation("openai"), waiting=40)], 24),
        ("concurrency = 64\n", [load(validation("openai"), running=99)], 32),
    ],
)
def test_what_a_lane_may_still_take(
    tmp_path: Path, more: str, loads: list[Load], left: int
) -> None:
    found = room(tmp_path, Outbox(loads), more).now()
    assert found.lanes["openai"] == left
    assert found.lanes[CORE] == CORE_WAITING


def test_a_set_number_is_kept_to(tmp_path: Path) -> None:
    env = {"PENSTOCK_RELAY_MAX_WAITING_PER_LANE": "5"}
    outbox = Outbox([load(waiting=2), load(CORE, waiting=1)])
    rooms = room(tmp_path, outbox, "concurrency = 64\n", env)
    for _ in range(3):
        assert rooms.now().lanes == {"openai": 3, CORE: 4}


def test_tenants_have_what_is_left_of_their_own_or_of_everybodys(tmp_path: Path) -> None:
    env = {"PENSTOCK_LIMITS_MAX_IN_FLIGHT": "4"}
    three, four = UUID(int=3), UUID(int=4)
    loads = [load(jobs=2), load(CORE, jobs=3), load(tenant=TWO, jobs=1), load(tenant=four, jobs=9)]
    found = room(tmp_path, Outbox(loads, {ONE: 7, three: 2, four: None}), "", env)
    assert found.now().tenants == {ONE: 2, TWO: 3, three: 2, four: -5}
    assert (found.now().each, found.weights) == (4, {ONE: 3})


def test_without_a_cap_nobody_has_one(tmp_path: Path) -> None:
    outbox = Outbox([load(jobs=2), load(tenant=TWO, jobs=9)], {ONE: 5, TWO: None})
    found = room(tmp_path, outbox, "").now()
    assert (found.tenants, found.each) == ({ONE: 3}, None)
