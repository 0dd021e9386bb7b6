"""Broken schedules, full queues, repeated triggers, old fires, clocks that jump."""

from datetime import timedelta
from typing import Any

import pytest

from app.container import Container
from app.errors import InvalidInput, RateLimited
from app.infra.egress import Egress
from app.infra.settings import load_settings
from app.services import schedule_firing
from app.services.schedule_firing import FiringService
from tests.integration.schedules.test_firing import by_hand, fires, make, move, set_back
from tests.support.deployment import Deployment


def test_a_schedule_that_crashes_lets_the_others_go_first(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [make(deployment, interval_seconds=3600, name="broken") for _ in range(3)]
    for schedule in broken:
        set_back(deployment, schedule, 20)
    good = make(deployment, interval_seconds=3600, name="good")
    set_back(deployment, good, 1)
    monkeypatch.setattr("app.repositories.schedules.DUE", _two_at_a_time())
    real = schedule_firing.values_of

    def sabotaged(schedule: Any, moment: Any) -> Any:
        if schedule.name == "broken":
            raise ZeroDivisionError
        return real(schedule, moment)

    monkeypatch.setattr(schedule_firing, "values_of", sabotaged)
    for _ in range(3):
        deployment.services.firing.tick()
    assert [f.status for f in fires(deployment, good)] == ["fired"]
    monkeypatch.undo()
    by_hand(deployment, "UPDATE schedules SET due_at = now() WHERE name = 'broken'")
    deployment.services.firing.tick()
    assert [[f.status for f in fires(deployment, s)] for s in broken] == [["fired"]] * 3


def limit(deployment: Deployment, changes: dict[str, int | None]) -> None:
    (row,) = deployment.rows("SELECT name FROM tenants WHERE id = %s", deployment.tenant_id)
    deployment.services.limit_administration.set(row["name"], changes)


def _two_at_a_time() -> str:
    from app.repositories.schedules import DUE

    return DUE.replace("LIMIT 200", "LIMIT 2")


def test_a_tick_asks_no_name_server(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = make(deployment, interval_seconds=3600)
    by_hand(
        deployment,
        "UPDATE schedules SET job = jsonb_set(job::jsonb, '{webhook_url}', '\"https://x.test\"')::json",
    )
    set_back(deployment, schedule, 1)

    def ask(*_given: Any, **_more: Any) -> Any:
        raise AssertionError("a name was looked up while the schedule was held")

    monkeypatch.setattr(Egress, "check", ask)
    deployment.services.firing.tick()
    (fire,) = fires(deployment, schedule)
    assert fire.status == "fired", fire


def test_a_trigger_at_a_full_queue_is_refused_and_leaves_nothing(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600)
    limit(deployment, {"max_queued": 1})
    deployment.submit("one")
    with pytest.raises(RateLimited):
        deployment.services.firing.trigger(deployment.principal, schedule.id)
    assert fires(deployment, schedule) == []


def test_a_trigger_of_a_template_that_became_invalid(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600)
    by_hand(deployment, "UPDATE schedules SET job = replace(job::text, 'gpt-5-mini', 'x')::json")
    with pytest.raises(InvalidInput) as caught:
        deployment.services.firing.trigger(deployment.principal, schedule.id)
    assert caught.value.errors[0].pointer == "/job/input/model"
    assert fires(deployment, schedule) == []


def test_a_trigger_sent_again_with_its_key_fires_once(deployment: Deployment) -> None:
    one, other = (make(deployment, interval_seconds=3600) for _ in range(2))
    trigger = deployment.services.firing.trigger
    first, replayed = trigger(deployment.principal, one.id, "key")
    assert not replayed
    again, replayed = trigger(deployment.principal, one.id, "key")
    assert (again.job_id, replayed) == (first.job_id, True)
    assert not trigger(deployment.principal, other.id, "key")[1]
    assert not trigger(deployment.principal, one.id, "other")[1]
    assert len(deployment.rows("SELECT id FROM jobs")) == 3


def test_two_triggers_at_once_with_one_key(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked before either has written."""
    schedule = make(deployment, interval_seconds=3600)
    first, _ = deployment.services.firing.trigger(deployment.principal, schedule.id, "key")
    seen = FiringService._triggered
    looks = iter([False, True])

    def blind_once(self: FiringService, *given: Any) -> Any:
        return seen(self, *given) if next(looks) else None

    monkeypatch.setattr(FiringService, "_triggered", blind_once)
    again, replayed = deployment.services.firing.trigger(deployment.principal, schedule.id, "key")
    assert (again.job_id, replayed) == (first.job_id, True)
    assert len(deployment.rows("SELECT id FROM jobs")) == 1


def test_old_fires_go_and_young_ones_stay(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600)
    for _ in range(3):
        deployment.services.firing.trigger(deployment.principal, schedule.id)
    limit(deployment, {"output_days": 10})
    by_hand(
        deployment,
        "UPDATE schedule_fires SET created_at = now() - interval '11 days' WHERE job_id IN"
        " (SELECT job_id FROM schedule_fires ORDER BY fire_at LIMIT 2)",
    )
    done = deployment.services.retention.sweep()
    assert done["fires"] == 2
    assert len(fires(deployment, schedule)) == 1


def test_a_clock_that_jumps_ahead_fires_what_it_jumped_over(deployment: Deployment) -> None:
    """As the rule for missed moments says, and goes on from there; then the clock is put right."""
    schedule = make(deployment, interval_seconds=600, catch_up="all")
    assert schedule.next_fire_at is not None
    start = schedule.next_fire_at - timedelta(hours=1)
    by_hand(deployment, "UPDATE schedules SET created_at = created_at - interval '1 hour'")
    move(deployment, schedule, start)  # an hour's worth of moments lies behind the new time
    deployment.services.firing.tick()
    before = [f.fire_at for f in fires(deployment, schedule)]
    assert len(before) == len(set(before)) >= 6
    move(deployment, schedule, start)  # back again: the same moments are due once more
    deployment.services.firing.tick()
    assert [f.fire_at for f in fires(deployment, schedule)] == before
    assert len(deployment.rows("SELECT id FROM jobs")) == len(before)


@pytest.mark.parametrize(
    ("rule", "jitter", "ok"),
    [
        ({"interval_seconds": 60}, 59, True),
        ({"interval_seconds": 60}, 60, False),
        ({"cron": "* * * * *"}, 61, False),
        ({"cron": "0 9 * * *"}, 3600, True),
        ({"cron": "0,5 9 * * *"}, 3600, False),
    ],
)
def test_jitter_is_shorter_than_the_time_between_moments(
    deployment: Deployment, rule: dict[str, Any], jitter: int, ok: bool
) -> None:
    if ok:
        make(deployment, jitter_seconds=jitter, **rule)
        return
    with pytest.raises(InvalidInput) as caught:
        make(deployment, jitter_seconds=jitter, **rule)
    assert [f.pointer for f in caught.value.errors] == ["/jitter_seconds"]


def test_jitter_that_summer_time_leaves_no_room_for(deployment: Deployment) -> None:
    """A day of 23 hours comes once a year, and not among the next few moments."""
    with pytest.raises(InvalidInput) as caught:
        make(deployment, cron="0 9 * * *", timezone="Europe/Berlin", jitter_seconds=84_000)
    assert [f.pointer for f in caught.value.errors] == ["/jitter_seconds"]


@pytest.mark.parametrize(("late_seconds", "statuses"), [("5", ["missed"]), ("3600", ["fired"])])
def test_what_is_late_is_a_setting(
    deployment: Deployment, late_seconds: str, statuses: list[str]
) -> None:
    schedule = make(deployment, interval_seconds=86_400, catch_up="skip")
    set_back(deployment, schedule, 30)
    env = {**deployment.env, "PENSTOCK_SCHEDULES_LATE_SECONDS": late_seconds}
    other = Container(load_settings(env))
    try:
        other.firing.tick()
    finally:
        other.close()
    assert [fire.status for fire in fires(deployment, schedule)] == statuses
