"""What must not be lost or blocked: fires across changes, catch-up in parts, triggers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.infra.clock import utcnow
from tests.integration.schedules.test_firing import JOB, by_hand, fires, make, set_back
from tests.support.deployment import Deployment
from tests.support.webhooks import Webhooks


def put_back(deployment: Deployment, seconds: int) -> None:
    by_hand(
        deployment,
        "UPDATE schedules SET created_at = now() - %s, next_fire_at = now() - %s,"
        " due_at = now() - %s",
        *(timedelta(seconds=seconds + extra) for extra in (10, 0, 0)),
    )


def test_a_rename_keeps_the_fire_that_is_due(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600)
    set_back(deployment, schedule, 1)
    deployment.services.schedules.update(deployment.principal, schedule.id, {"name": "other"})
    deployment.services.firing.tick()
    assert len(fires(deployment, schedule)) == 1


def test_a_schedule_whose_template_became_invalid_can_be_paused(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600)
    by_hand(deployment, "UPDATE schedules SET job = replace(job::text, 'gpt-5-mini', 'x')::json")
    pause = {"enabled": False}
    paused = deployment.services.schedules.update(deployment.principal, schedule.id, pause)
    assert not paused.enabled


def test_each_caught_up_fire_knows_the_one_before(deployment: Deployment) -> None:
    job = {**JOB, "metadata": {"before": "{{ previous_fire_at }}"}}
    schedule = make(deployment, interval_seconds=600, catch_up="all", job=job)
    put_back(deployment, 2700)
    deployment.services.firing.tick()
    found = fires(deployment, schedule)
    told = [
        deployment.services.jobs.get(deployment.principal, fire.job_id or "").job.metadata["before"]
        for fire in found
    ]
    assert told == ["", *(fire.fire_at.isoformat() for fire in found[:-1])]


def test_latest_is_the_latest_of_a_silence_that_takes_several_ticks(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=1, catch_up="latest")
    put_back(deployment, 250_000)
    for _ in range(4):
        deployment.services.firing.tick()
    edge = utcnow() - timedelta(seconds=120)
    assert [
        f for f in fires(deployment, schedule) if f.status == "fired" and f.fire_at < edge
    ] == []


def test_triggers_at_once_do_not_wait_for_each_others_connections(deployment: Deployment) -> None:
    Webhooks(deployment)
    deployment.services.webhooks.rotate_signing_secret(deployment.principal, None)
    job = {**JOB, "webhook_url": "http://127.0.0.1:9/x"}
    made = [make(deployment, cron="0 0 1 1 *", name=str(n), job=job) for n in range(32)]
    with ThreadPoolExecutor(32) as pool:
        found = list(
            pool.map(lambda s: deployment.services.firing.trigger(deployment.principal, s.id), made)
        )
    assert {fire.status for fire, _ in found} == {"fired"}
