"""cancel_previous cancels for a new job only."""

from tests.integration.schedules.test_firing import by_hand, fires, make, move, set_back
from tests.support.deployment import Deployment


def status(deployment: Deployment, job_id: str | None) -> str:
    return deployment.services.jobs.get(deployment.principal, job_id or "").job.status


def test_a_moment_on_record_does_not_cancel_its_own_job(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600, overlap="cancel_previous")
    at = set_back(deployment, schedule, 1)
    deployment.services.firing.tick()
    move(deployment, schedule, at)
    deployment.services.firing.tick()
    (fire,) = fires(deployment, schedule)
    assert status(deployment, fire.job_id) == "queued"


def test_a_refused_fire_leaves_the_previous_job(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600, overlap="cancel_previous")
    set_back(deployment, schedule, 2)
    deployment.services.firing.tick()
    by_hand(deployment, "UPDATE schedules SET job = replace(job::text, 'gpt-5-mini', 'x')::json")
    set_back(deployment, schedule, 1)
    deployment.services.firing.tick()
    one, two = fires(deployment, schedule)
    assert two.status == "refused"
    assert status(deployment, one.job_id) == "queued"
