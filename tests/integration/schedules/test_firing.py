"""What a tick fires, against a real Postgres."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from app.errors import InvalidInput
from app.infra.clock import utcnow
from app.repositories.schedule_records import Fire, Schedule
from tests.support.deployment import SCHEMA, Deployment

JOB = {
    "pipeline": "extract",
    "input": {
        "prompt": "Extract for {{ scheduled_date }}.",
        "schema": SCHEMA,
        "document": "Number: 1",
        "model": "openai/gpt-5-mini",
    },
    "metadata": {"schedule": "{{ schedule_name }}", "at": "{{fire_at}}"},
}
DEFAULTS = {"timezone": "UTC", "catch_up": "latest", "catch_up_cap": 100, "overlap": "allow"}


def make(deployment: Deployment, **given: Any) -> Schedule:
    wanted = {"name": "n", "job": JOB, "jitter_seconds": 0, "enabled": True, **DEFAULTS, **given}
    return deployment.services.schedules.create(deployment.principal, wanted)


def set_back(deployment: Deployment, schedule: Schedule, seconds: float) -> datetime:
    """As if it should have fired so long ago."""
    at = utcnow() - timedelta(seconds=seconds)
    move(deployment, schedule, at)
    return at


def move(deployment: Deployment, schedule: Schedule, at: datetime) -> None:
    by_hand(
        deployment,
        "UPDATE schedules SET next_fire_at = %s, due_at = %s WHERE id = %s",
        at,
        at,
        schedule.id,
    )


def by_hand(deployment: Deployment, text: str, *params: Any) -> None:
    """As the owner of the tables."""
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        connection.execute(text.encode(), params)


def fires(deployment: Deployment, schedule: Schedule) -> list[Fire]:
    found, _ = deployment.services.schedules.fires(deployment.principal, schedule.id, None, 200)
    return found[::-1]


def test_a_fire_and_its_job(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600)
    at = set_back(deployment, schedule, 1)
    deployment.services.firing.tick()
    (fire,) = fires(deployment, schedule)
    assert (fire.status, fire.trigger, fire.fire_at) == ("fired", "schedule", at)
    assert fire.job_id is not None
    job = deployment.services.jobs.get(deployment.principal, fire.job_id).job
    (row,) = deployment.rows("SELECT input FROM jobs WHERE id = %s", job.id)
    assert row["input"]["prompt"] == f"Extract for {at.date().isoformat()}."
    assert job.metadata["schedule"] == "n"
    after = deployment.services.schedules.get(deployment.principal, schedule.id)
    assert after.last_fire_at == at
    assert after.next_fire_at is not None
    assert after.next_fire_at > utcnow()
    deployment.services.firing.tick()
    assert len(fires(deployment, schedule)) == 1


def test_ten_ticks_at_once_fire_once(deployment: Deployment) -> None:
    schedules = [make(deployment, interval_seconds=3600) for _ in range(5)]
    for schedule in schedules:
        set_back(deployment, schedule, 1)
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: deployment.services.firing.tick(), range(10)))
    deployment.services.firing.tick()
    assert [len(fires(deployment, s)) for s in schedules] == [1] * 5
    assert len(deployment.rows("SELECT id FROM jobs")) == 5


def test_a_clock_set_back_does_not_fire_again(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600)
    at = set_back(deployment, schedule, 1)
    deployment.services.firing.tick()
    move(deployment, schedule, at)
    deployment.services.firing.tick()
    assert len(fires(deployment, schedule)) == 1
    assert len(deployment.rows("SELECT id FROM jobs")) == 1


@pytest.mark.parametrize(
    ("catch_up", "cap", "expected"),
    [
        ("skip", 100, {"missed": 1}),
        ("latest", 100, {"missed": 1, "fired": 1}),
        ("all", 100, {"fired": 10}),
        ("all", 4, {"missed": 1, "fired": 4}),
    ],
)
def test_catching_up(
    deployment: Deployment, catch_up: str, cap: int, expected: dict[str, int]
) -> None:
    schedule = make(deployment, interval_seconds=600, catch_up=catch_up, catch_up_cap=cap)
    by_hand(  # ten moments went by, the last one five minutes ago
        deployment,
        "UPDATE schedules SET created_at = now() - interval '105 minutes',"
        " next_fire_at = now() - interval '95 minutes', due_at = now() - interval '95 minutes'",
    )
    deployment.services.firing.tick()
    found = fires(deployment, schedule)
    counts = Counter(f.status for f in found)
    assert counts == expected
    if catch_up == "latest":
        assert found[-1].status == "fired"
    (state,) = deployment.rows("SELECT next_fire_at > now() AS ahead FROM schedules")
    assert state["ahead"]


def test_overlap(deployment: Deployment) -> None:
    for overlap in ("allow", "skip", "cancel_previous"):
        schedule = make(deployment, interval_seconds=3600, overlap=overlap, name=overlap)
        for _ in range(2):
            set_back(deployment, schedule, 1)
            deployment.services.firing.tick()
        one, two = fires(deployment, schedule)
        assert one.job_id is not None
        assert two.status == ("skipped" if overlap == "skip" else "fired")
        first = deployment.services.jobs.get(deployment.principal, one.job_id).job
        assert first.status == ("canceling" if overlap == "cancel_previous" else "queued")
        if overlap == "skip":
            assert two.error == {"code": "overlap", "message": f"job {one.job_id} has not ended"}


def test_a_template_that_became_invalid_is_a_refused_fire(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600)
    by_hand(deployment, "UPDATE schedules SET job = replace(job::text, 'gpt-5-mini', 'x')::json")
    set_back(deployment, schedule, 1)
    deployment.services.firing.tick()
    (fire,) = fires(deployment, schedule)
    assert (fire.status, fire.job_id) == ("refused", None)
    assert fire.error is not None
    assert fire.error["errors"][0]["pointer"] == "/job/input/model"


def test_triggered_by_hand(deployment: Deployment) -> None:
    schedule = make(deployment, cron="0 0 1 1 *", overlap="skip")
    for _ in range(2):
        fire, _ = deployment.services.firing.trigger(deployment.principal, schedule.id)
        assert (fire.status, fire.trigger) == ("fired", "manual")
    assert len(fires(deployment, schedule)) == 2


def test_jitter_puts_a_fire_off_and_keeps_its_moment(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600, jitter_seconds=3000)
    (row,) = deployment.rows("SELECT next_fire_at, due_at FROM schedules")
    assert row["next_fire_at"] == schedule.next_fire_at
    assert timedelta(0) < row["due_at"] - row["next_fire_at"] < timedelta(seconds=3000)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"prompt": "{{ nonsense }}"}, "/job/input/prompt"),
        ({"schema": {"type": "nonsense"}}, "/job/input/schema"),
        ({"model": "openai/gone"}, "/job/input/model"),
        ({"extra": 1}, "/job/input/extra"),
    ],
)
def test_a_wrong_template_is_refused_at_once(
    deployment: Deployment, change: dict[str, Any], pointer: str
) -> None:
    wrong = {**JOB, "input": {**JOB["input"], **change}}  # type: ignore[dict-item]
    with pytest.raises(InvalidInput) as refused:
        make(deployment, interval_seconds=60, job=wrong)
    assert refused.value.errors[0].pointer.startswith(pointer)
    assert deployment.rows("SELECT id FROM schedules") == []
