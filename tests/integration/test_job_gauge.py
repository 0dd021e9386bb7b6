"""Open jobs by status on /metrics: counted by the reconciler, shown by any API process."""

import re
from dataclasses import replace

import pytest
import redis

from app.container import Container
from app.factory import create_app
from app.infra.job_counts import KEY
from app.infra.settings import load_settings
from app.repositories.recovery import OPEN_JOBS
from app.services import job_gauge
from tests.support.deployment import Deployment
from tests.support.traces import by_hand

LINE = re.compile(r'^penstock_jobs\{status="(\w+)"\} (\S+)$', re.MULTILINE)


def shown(services: Container) -> dict[str, float]:
    text = create_app(container=services).test_client().get("/metrics").text
    return {status: float(number) for status, number in LINE.findall(text)}


def test_open_jobs_of_all_tenants_by_status(deployment: Deployment) -> None:
    assert shown(deployment.services) == {}, "nobody has counted"
    running, failed = (deployment.submit(f"j{n}") for n in range(2))
    by_hand(deployment, "UPDATE jobs SET status = 'running' WHERE id = %s", running.id)
    by_hand(
        deployment, "UPDATE jobs SET status = 'failed', ended_at = now() WHERE id = %s", failed.id
    )
    deployment.submit("mine")
    other = deployment.services.tenants.create("another")
    deployment.principal = replace(deployment.principal, tenant_id=other.id)
    deployment.submit("theirs")
    deployment.start("reconciler")
    deployment.until(lambda: bool(shown(deployment.services)))
    assert shown(deployment.services) == {"queued": 2, "running": 1, "canceling": 0}
    client = redis.Redis.from_url(deployment.env["PENSTOCK_REDIS_URL"])
    assert 0 < client.ttl(KEY) <= job_gauge.KEPT  # type: ignore[operator]
    client.delete(KEY)  # as if nobody had counted for a minute
    assert shown(deployment.services) == {}


def test_a_count_now_and_then(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    gauge = deployment.services.job_gauge
    gauge.count()
    deployment.submit("late")
    gauge.count()
    assert gauge.read() == {}
    monkeypatch.setattr(job_gauge, "EVERY", 0.0)
    gauge.count()
    assert gauge.read() == {"queued": 1}


def test_without_redis_the_rest_is_shown(deployment: Deployment) -> None:
    for url in ("redis://127.0.0.1:1/0", ""):
        services = Container(load_settings({**deployment.env, "PENSTOCK_REDIS_URL": url}))
        services.job_gauge.count()
        text = create_app(container=services).test_client().get("/metrics").text
        services.close()
        assert "penstock_http_requests_total" in text
        assert not LINE.search(text)


def test_ended_jobs_are_not_looked_at(deployment: Deployment) -> None:
    """A table this small is read whole, if it is not forbidden."""
    name = deployment.database_url.rpartition("/")[2]
    by_hand(deployment, f"ALTER DATABASE {name} SET enable_seqscan = off")
    plan = "\n".join(str(row["QUERY PLAN"]) for row in deployment.rows("EXPLAIN " + OPEN_JOBS))
    assert "jobs_open" in plan
