"""Jobs' events reach endpoints, signed, by the schedule, whatever the receiver answers."""

import json
import time

from tests.support.deployment import Deployment
from tests.support.receiver import OK, Receiver
from tests.support.webhooks import ROLES, Webhooks


def test_a_jobs_events_arrive_signed_and_once(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    _, secret = webhooks.endpoint(receiver.url("/hook"))
    deployment.start_all()
    deployment.start("worker-webhooks")
    job = deployment.submit("told", metadata={"order": "17", "nul": "\\u0000"})
    deployment.wait(job)
    found = webhooks.settled()
    events = {r.id: r.verified(secret) for r in receiver.requests}
    assert sorted(e["type"] for e in events.values()) == [
        "job.queued",
        "job.running",
        "job.succeeded",
    ]
    assert {d.id for d in found} == set(events)
    for event in events.values():
        assert event["data"]["id"] == job.id
        assert event["data"]["metadata"] == job.metadata
        assert set(event) == {"type", "timestamp", "data"}
    assert [d.status for d in found] == ["succeeded"] * 3
    assert [a.status_code for d in found for a in d.log] == [200] * 3
    assert found[0].log[0].response == "thank you"
