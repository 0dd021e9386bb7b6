"""Pages of fires, when two of them share their moment."""

from tests.integration.schedules.test_firing import by_hand, fires, make, set_back
from tests.support.deployment import Deployment


def test_two_fires_of_one_moment_are_on_two_pages(deployment: Deployment) -> None:
    schedule = make(deployment, interval_seconds=3600)
    at = set_back(deployment, schedule, 1)
    deployment.services.firing.tick()
    deployment.services.firing.trigger(deployment.principal, schedule.id)
    by_hand(deployment, "UPDATE schedule_fires SET fire_at = %s WHERE trigger = 'manual'", at)
    wanted = fires(deployment, schedule)[::-1]
    found, before = [], None
    for _ in wanted:
        page, more = deployment.services.schedules.fires(
            deployment.principal, schedule.id, before, 1
        )
        found += page
        before = (page[-1].fire_at, page[-1].trigger)
    assert not more
    assert found == wanted
    assert {f.trigger for f in found} == {"manual", "schedule"}
