"""Beat's ticks: no clock is compared with another, and a heap of old ones costs one look."""

from typing import Any

import pytest

from app.infra.settings import load_settings
from tasks import housekeeping, names, schedules, ticks
from tasks.celery_settings import make_celery
from tests.unit.tasks.test_queues import ENV


class Work:
    """In place of the container, and all of it."""

    def __init__(self) -> None:
        self.done = 0
        self.fails = False
        self.firing = self.retention = self.recovery_rows = self
        self.settings = load_settings(ENV)

    def tick(self, *_given: object) -> None:
        if self.fails:
            raise ZeroDivisionError
        self.done += 1

    sweep = forget_idempotency = tick


EVERY = {  # seconds between beat's ticks
    names.FIRE_SCHEDULES: 1.0,
    names.ERASE_EXPIRED: 300.0,
    names.FORGET_IDEMPOTENCY: 3600.0,
}
TASKS: list[Any] = [
    schedules.fire_schedules,
    housekeeping.erase_expired,
    housekeeping.forget_idempotency,
]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    made = Work()
    for module in (schedules, housekeeping):
        monkeypatch.setattr(module, "container", lambda: made)
        for name, found in list(vars(module).items()):
            if isinstance(found, ticks.Ticks):
                monkeypatch.setattr(module, name, ticks.Ticks(found._apart))
    return made


def at(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(ticks.time, "monotonic", lambda: seconds)


def test_no_tick_expires() -> None:
    """Expiry is reckoned by beat's clock and read by a worker's: set apart, they end all fires."""
    schedule = make_celery(load_settings(ENV)).conf.beat_schedule.values()
    assert {e["task"]: e["schedule"] for e in schedule} == EVERY
    for entry in schedule:
        assert not {"expires", "expiration"} & entry["options"].keys()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_heap_of_ticks_is_one_look(
    task: Any, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, 1e6)
    for _ in range(1000):
        task()
    assert work.done == 1


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_ticks_in_time_all_look(task: Any, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    for turn in (0, 0.9, 2, 2.8):  # a tick apart, give or take the way
        at(monkeypatch, 1e6 + turn * EVERY[task.name])
        task()
    assert work.done == 4


def test_a_look_that_failed_does_not_count(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, 1e6)
    work.fails = True
    with pytest.raises(ZeroDivisionError):
        schedules.fire_schedules()
    work.fails = False
    schedules.fire_schedules()
    assert work.done == 1
