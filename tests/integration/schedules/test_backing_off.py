"""A schedule that makes ticks fail is tried less and less often, and loses no moment."""

from datetime import timedelta
from typing import Any

import pytest

from app.services import schedule_firing
from tests.integration.schedules.test_firing import JOB, by_hand, fires, make, move, set_back
from tests.support.deployment import Deployment


def sabotage(monkeypatch: pytest.MonkeyPatch, name: str = "broken") -> list[str]:
    """Schedules of this name raise; the names that were tried."""
    real, tried = schedule_firing.values_of, []

    def values_of(schedule: Any, moment: Any) -> Any:
        tried.append(schedule.name)
        if schedule.name == name:
            raise ZeroDivisionError
        return real(schedule, moment)

    monkeypatch.setattr(schedule_firing, "values_of", values_of)
    return tried


def wait(deployment: Deployment) -> timedelta:
    (row,) = deployment.rows("SELECT due_at - now() AS wait FROM schedules WHERE name = 'broken'")
    found: timedelta = row["wait"]
    return found


@pytest.mark.parametrize(
    ("late", "least", "most"),
    [(1, 25, 31), (20, 25, 31), (120, 115, 135), (400, 395, 415), (86_400, 890, 901)],
)
def test_the_wait_grows_with_the_time_lost(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, late: int, least: int, most: int
) -> None:
    broken = make(deployment, interval_seconds=86_400, name="broken")
    at = set_back(deployment, broken, late)
    sabotage(monkeypatch)
    deployment.services.firing.tick()
    assert timedelta(seconds=least) < wait(deployment) < timedelta(seconds=most)
    kept = deployment.services.schedules.get(deployment.principal, broken.id)
    assert kept.next_fire_at == at
    assert fires(deployment, broken) == []


def test_jitter_is_no_time_lost(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = make(deployment, interval_seconds=7200, name="broken", jitter_seconds=7000)
    assert broken.next_fire_at is not None
    by_hand(  # as if its jitter, thousands of seconds or none, had just run out
        deployment,
        "UPDATE schedules SET next_fire_at = next_fire_at - (due_at - now()), due_at = now()",
    )
    sabotage(monkeypatch)
    monkeypatch.setattr(schedule_firing, "jitter", lambda *_: timedelta(seconds=7000))
    deployment.services.firing.tick()
    assert timedelta(seconds=25) < wait(deployment) < timedelta(seconds=31)


def test_beside_a_healthy_one(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = make(deployment, interval_seconds=3600, name="broken")
    good = make(deployment, interval_seconds=3600, name="good")
    at = set_back(deployment, broken, 2)
    tried = sabotage(monkeypatch)
    for n in range(3):
        move(deployment, good, at + timedelta(seconds=n / 10))
        deployment.services.firing.tick()
    assert [f.status for f in fires(deployment, good)] == ["fired"] * 3
    assert tried.count("broken") == 1
    monkeypatch.undo()
    by_hand(deployment, "UPDATE schedules SET due_at = now() WHERE name = 'broken'")
    deployment.services.firing.tick()
    (fire,) = fires(deployment, broken)
    assert (fire.fire_at, fire.status) == (at, "fired")


def test_a_mended_job_is_tried_at_once(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = make(deployment, interval_seconds=86_400, name="broken")
    at = set_back(deployment, broken, 20)
    sabotage(monkeypatch)
    deployment.services.firing.tick()
    monkeypatch.undo()
    update = deployment.services.schedules.update
    update(deployment.principal, broken.id, {"name": "other"})
    deployment.services.firing.tick()
    assert fires(deployment, broken) == []
    update(deployment.principal, broken.id, {"job": JOB})
    deployment.services.firing.tick()
    (fire,) = fires(deployment, broken)
    assert (fire.fire_at, fire.status) == (at, "fired")
