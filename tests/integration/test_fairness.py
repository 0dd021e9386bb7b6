"""The relay shares the workers out: by tenant, by weight, under caps."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from app.repositories.records import Job
from app.services.principals import Principal
from tests.support.deployment import Deployment
from tests.support.servers import Servers

ROLES = ("relay", "reconciler", "worker-core", "worker-openai")


@pytest.fixture
def slow(servers: Servers, tmp_path: Path) -> Iterator[Deployment]:
    """A provider with 8 slots and half a second a call."""
    with Deployment(servers, tmp_path, concurrency=8) as made:
        servers.simulate("PUT", "/control/faults", {"*": {"latency_seconds": 0.5}})
        try:
            yield made
        finally:
            servers.simulate("DELETE", "/control/faults")


def other_tenant(deployment: Deployment) -> Principal:
    tenant = deployment.services.tenants.create(f"other-{uuid4().hex[:8]}")
    return Principal(tenant_id=tenant.id, key_id="other", scopes=frozenset({"admin"}))


def queued(deployment: Deployment, principal: Principal) -> int:
    text = "SELECT count(*) AS n FROM jobs WHERE status = 'queued' AND tenant_id = %s"
    count: int = deployment.rows(text, principal.tenant_id)[0]["n"]
    return count


def test_a_flood_does_not_hold_up_another_tenants_job(slow: Deployment) -> None:
    flooder = slow.principal
    for n in range(120):
        slow.submit(f"flood-{n}")
    slow.start(*ROLES)
    slow.until(lambda: queued(slow, flooder) < 110)
    slow.principal = other_tenant(slow)
    job = slow.wait(slow.submit("single"))[0]
    assert job.status == "succeeded"
    assert queued(slow, flooder) >= 40, "it waited for the flood"


def test_a_low_priority_job_of_the_same_tenant_waits(slow: Deployment) -> None:
    low = slow.submit("low", priority="low")
    jobs = [slow.submit(f"normal-{n}") for n in range(30)]
    slow.start(*ROLES)
    ended = {job.id: job for job in slow.wait(low, *jobs)}
    assert sum(_began(ended[job.id]) < _began(ended[low.id]) for job in jobs) >= 20


def _began(job: Job) -> float:
    assert job.started_at is not None
    return job.started_at.timestamp()


def test_a_tenants_cap_on_jobs_in_flight_holds(slow: Deployment) -> None:
    limit = "INSERT INTO tenant_limits (tenant_id, max_in_flight) VALUES (%(t)s, 2)"
    slow.services.system_db.system(limit, {"t": slow.tenant_id})
    jobs = [slow.submit(f"capped-{n}") for n in range(8)]
    slow.start(*ROLES)
    most = 0

    def all_ended() -> bool:
        nonlocal most
        states = [row["status"] for row in slow.rows("SELECT status FROM jobs")]
        most = max(most, states.count("running"))
        return all(state == "succeeded" for state in states)

    slow.until(all_ended)
    assert most == 2
    assert len(slow.wait(*jobs)) == 8


def test_a_providers_cap_on_calls_in_flight_holds(servers: Servers, tmp_path: Path) -> None:
    with Deployment(servers, tmp_path, concurrency=8, max_in_flight=3) as deployment:
        servers.simulate("PUT", "/control/faults", {"*": {"latency_seconds": 0.3}})
        try:
            deployment.start(*ROLES)
            deployment.wait(*[deployment.submit(f"capped-{n}") for n in range(12)])
            assert servers.simulate("GET", "/control/calls")["peak_in_flight"] == 3
        finally:
            servers.simulate("DELETE", "/control/faults")


def test_the_queue_position_is_told(slow: Deployment) -> None:
    first, second = slow.submit("first"), slow.submit("second")
    early = slow.submit("early", priority="high")

    def position(job: Job) -> int | None:
        return slow.services.jobs.get(slow.principal, job.id).queue_position

    assert [position(job) for job in (early, first, second)] == [1, 2, 3]
    slow.start(*ROLES)
    slow.wait(first, second, early)
    assert position(second) is None
