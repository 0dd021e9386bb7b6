"""What endpoints are told of jobs, and that it arrives signed and once."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.errors import InvalidInput
from app.infra.clock import utcnow
from tests.support.deployment import Deployment
from tests.support.receiver import Receiver
from tests.support.webhooks import Webhooks

MANY: dict[str, Any] = {"order": "17", "odd": "\\u0000 is text here", "umlaut": "ä"}


def test_a_jobs_events_arrive_signed_and_once(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    _, secret = webhooks.endpoint(receiver.url("/hook"))
    deployment.start_all()
    deployment.start("worker-webhooks")
    job = deployment.submit("told", metadata=MANY)
    deployment.wait(job)
    found = webhooks.settled()
    events = {r.id: r.verified(secret) for r in receiver.requests}
    types = sorted(event["type"] for event in events.values())
    assert types == ["job.queued", "job.running", "job.succeeded"]
    assert sorted(d.id for d in found) == sorted(receiver.ids()) == sorted(events)
    for event in events.values():
        assert set(event) == {"type", "timestamp", "data"}
        assert event["data"]["id"] == job.id
        assert event["data"]["metadata"] == MANY
        assert "result" not in event["data"]
    assert [d.status for d in found] == ["succeeded"] * 3
    assert [a.status_code for d in found for a in d.log] == [200] * 3
    assert found[0].log[0].response == "thank you"


def test_a_result_comes_along_where_it_is_wanted_and_fits(
    deployment: Deployment, receiver: Receiver
) -> None:
    webhooks = Webhooks(deployment, PENSTOCK_WEBHOOKS_MAX_RESULT_BYTES="40")
    _, secret = webhooks.endpoint(
        receiver.url("/hook"), include_result=True, event_types=["job.succeeded"]
    )
    deployment.start_all()
    deployment.start("worker-webhooks")
    small = deployment.submit("7")
    large = deployment.submit("9" * 60)
    ended = deployment.wait(small, large)
    webhooks.deployment.until(lambda: len(receiver.requests) == 2)
    data = {e["data"]["id"]: e["data"] for e in (r.verified(secret) for r in receiver.requests)}
    assert data[small.id]["result"] == ended[0].output
    assert data[large.id]["result"] is None
    assert data[large.id]["result_omitted"] == "too_large"


def test_a_jobs_own_url_is_told_of_its_end_alone(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    with pytest.raises(InvalidInput) as refused:
        deployment.submit("early", webhook_url=receiver.url("/one-off"))
    assert refused.value.errors[0].pointer == "/webhook_url"
    secret = webhooks.service.rotate_signing_secret(deployment.principal, None).secret
    job = deployment.submit("one-off", webhook_url=receiver.url("/one-off"))
    deployment.start_all()
    deployment.start("worker-webhooks")
    deployment.wait(job)
    webhooks.settled()
    (event,) = [r.verified(secret) for r in receiver.requests]
    assert (event["type"], event["data"]["id"]) == ("job.succeeded", job.id)


def test_every_way_to_end_is_told(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    webhooks.endpoint(receiver.url("/"), event_types=["job.failed", "job.canceled", "job.expired"])
    deployment.servers.simulate("PUT", "/control/faults", {"*": {"refuse": True}})
    soon = utcnow() + timedelta(seconds=1)
    expired = deployment.submit("expired", deadline=soon)
    canceled = deployment.submit("canceled")
    deployment.services.jobs.cancel(deployment.principal, canceled.id)
    deployment.until(lambda: utcnow() > soon)
    deployment.start_all()
    deployment.start("worker-webhooks")
    failed = deployment.submit("failed")
    deployment.wait(failed, canceled, expired)
    found = {d.job_id: d.type for d in webhooks.settled()}
    assert found == {
        failed.id: "job.failed",
        canceled.id: "job.canceled",
        expired.id: "job.expired",
    }
    (payload,) = [d.payload for d in webhooks.deliveries() if d.job_id == failed.id]
    assert '"code"' in payload


def test_progress_is_told_where_it_is_asked_for(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    _, secret = webhooks.endpoint(receiver.url("/asked"), event_types=["job.progress"])
    webhooks.endpoint(receiver.url("/not-asked"))
    deployment.start_all()
    deployment.start("worker-webhooks")
    (job,) = deployment.wait(deployment.submit_batch("steps", 5))
    webhooks.settled()
    events = [r.verified(secret) for r in receiver.requests if r.path == "/asked"]
    left = {event["data"]["progress"]["remaining"] for event in events}
    assert left == {0, 1, 2, 3, 4}
    assert {event["data"]["id"] for event in events} == {job.id}
    kept = webhooks.deliveries()
    assert {d.type for d in kept} >= {"job.progress", "job.succeeded"}
    progress = [d for d in kept if d.type == "job.progress"]
    assert len({d.endpoint_id for d in progress}) == 1


def test_an_event_stays_under_20_kb_whatever_the_job_carries(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    webhooks.endpoint(receiver.url("/"))
    full = {"text": "x" * 16_300}
    job = deployment.submit("full", metadata=full)
    deployment.rows(
        "UPDATE jobs SET status = 'failed', ended_at = now(), error ="
        " json_build_object('message', repeat('m', 100000)) WHERE id = %s RETURNING 1",
        job.id,
    )
    deployment.rows(
        "INSERT INTO events (id, tenant_id, job_id, sequence, type, data)"
        " SELECT 'evt_big', tenant_id, id, 99, 'job.failed', error FROM jobs RETURNING id"
    )
    found = {d.type: json.loads(d.payload) for d in webhooks.deliveries()}
    assert set(found) == {"job.queued", "job.failed"}
    assert found["job.failed"]["data"]["metadata"] == full
    assert found["job.failed"]["data"]["error"] is None
    for delivery in webhooks.deliveries():
        assert len(delivery.payload.encode()) < 20_000
