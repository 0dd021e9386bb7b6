"""Deliveries go by the schedule, whatever the receiver answers."""

import itertools
from pathlib import Path

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from app.errors import Conflict
from app.infra.clock import utcnow
from tests.support.deployment import Deployment
from tests.support.rabbitmq import RabbitMQ
from tests.support.receiver import OK, Receiver
from tests.support.servers import Servers
from tests.support.webhooks import ROLES, Webhooks


def test_the_same_id_in_every_attempt_until_the_schedule_is_over(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    receiver.answer = lambda request, n: (500, {}, b"x" * 5000)
    endpoint, _ = webhooks.endpoint(receiver.url("/down"))
    deployment.start(*ROLES)
    webhooks.service.test(deployment.principal, endpoint.id)
    (delivery,) = webhooks.settled()
    assert delivery.status == "failed"
    assert receiver.ids() == [delivery.id] * 4  # the schedule has four places
    assert [a.number for a in delivery.log] == [1, 2, 3, 4]
    assert {a.response for a in delivery.log} == {"x" * 1024}
    at = [r.at for r in receiver.requests]
    for wait, (before, after) in zip((0.2, 0.4, 0.6), itertools.pairwise(at), strict=True):
        assert after - before >= wait
    assert webhooks.read(endpoint).failing_since is not None
    receiver.answer = lambda request, n: OK
    again = webhooks.service.replay(deployment.principal, delivery.id)
    assert again.id == delivery.id
    (delivery,) = webhooks.settled()
    assert delivery.status == "succeeded"
    assert [a.number for a in delivery.log] == [1, 2, 3, 4, 5]
    assert webhooks.read(endpoint).failing_since is None


def test_a_redirect_is_a_failure_and_is_not_followed(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    receiver.answer = lambda request, n: (307, {"location": receiver.url("/elsewhere")}, b"")
    endpoint, _ = webhooks.endpoint(receiver.url("/moved"))
    deployment.start(*ROLES)
    webhooks.service.test(deployment.principal, endpoint.id)
    (delivery,) = webhooks.settled()
    assert delivery.status == "failed"
    assert {r.path for r in receiver.requests} == {"/moved"}


def test_410_disables_at_once_and_the_owner_is_told(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    receiver.answer = lambda request, n: (410, {}, b"") if request.path == "/gone" else OK
    gone, _ = webhooks.endpoint(receiver.url("/gone"))
    _, secret = webhooks.endpoint(receiver.url("/other"), event_types=["endpoint.disabled"])
    deployment.start(*ROLES)
    webhooks.service.test(deployment.principal, gone.id)
    deployment.until(lambda: bool(receiver.ids("/other")))
    assert len(receiver.ids("/gone")) == 1
    found = webhooks.read(gone)
    assert (found.enabled, found.disabled_reason) == (False, "gone")
    (told,) = [r.verified(secret) for r in receiver.requests if r.path == "/other"]
    assert told["type"] == "endpoint.disabled"
    assert told["data"]["id"] == gone.id
    with pytest.raises(Conflict):
        webhooks.service.recover(deployment.principal, gone.id, utcnow())
    # What happens meanwhile is kept, and sent once the endpoint is enabled and recovered.
    since = utcnow()
    job = deployment.submit("meanwhile")
    receiver.answer = lambda request, n: OK
    webhooks.service.update(deployment.principal, gone.id, {"enabled": True})
    assert webhooks.service.recover(deployment.principal, gone.id, since) == 1
    deployment.until(lambda: len(receiver.ids("/gone")) == 2)
    (last,) = webhooks.deliveries(job_id=job.id)
    assert receiver.ids("/gone")[-1] == last.id


def test_failing_for_five_days_disables(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    receiver.answer = lambda request, n: (500, {}, b"")
    endpoint, _ = webhooks.endpoint(receiver.url("/down"))
    deployment.start(*ROLES)

    def fail_once() -> None:
        webhooks.service.test(deployment.principal, endpoint.id)
        webhooks.settled()

    def age(days: float) -> None:
        deployment.rows(
            "UPDATE webhook_endpoints SET failing_since = now() - make_interval(secs => %s)"
            " RETURNING 1",
            days * 86_400,
        )

    fail_once()
    age(4.9)
    fail_once()
    assert webhooks.read(endpoint).enabled
    age(5.01)
    fail_once()
    found = webhooks.read(endpoint)
    assert (found.enabled, found.disabled_reason) == (False, "failing")


def test_429_slows_its_own_endpoint_down_and_no_other(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    busy = {"retry-after": "3600"}
    receiver.answer = lambda request, n: (429, busy, b"") if request.path == "/busy" else OK
    slowed, _ = webhooks.endpoint(receiver.url("/busy"))
    other, _ = webhooks.endpoint(receiver.url("/other"))
    deployment.start(*ROLES)
    webhooks.service.test(deployment.principal, slowed.id)
    deployment.until(lambda: bool(receiver.ids("/busy")))
    deployment.until(lambda: webhooks.read(slowed).failing_since is not None)
    for endpoint in (slowed, other, slowed, other):
        webhooks.service.test(deployment.principal, endpoint.id)
    deployment.until(lambda: len(receiver.ids("/other")) == 2)
    assert len(receiver.ids("/busy")) == 1
    waits = {d.status for d in webhooks.deliveries(endpoint_id=slowed.id)}
    assert waits == {"pending"}


def test_both_secrets_sign_while_they_overlap(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    endpoint, old = webhooks.endpoint(receiver.url("/"))
    _, new = webhooks.service.rotate(deployment.principal, endpoint.id, 3600)
    deployment.start(*ROLES)
    webhooks.service.test(deployment.principal, endpoint.id)
    webhooks.settled()
    (request,) = receiver.requests
    assert request.verified(old) == request.verified(new)
    assert request.headers["webhook-signature"].count("v1,") == 2
    _, newest = webhooks.service.rotate(deployment.principal, endpoint.id, 0)
    webhooks.service.test(deployment.principal, endpoint.id)
    webhooks.settled()
    assert receiver.requests[-1].verified(newest)
    for past in (old, new):
        with pytest.raises(WebhookVerificationError):
            receiver.requests[-1].verified(past)


def test_a_private_address_is_refused_at_every_send(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    """Registered while its range was open; the send looks again."""
    endpoint, _ = webhooks.endpoint(receiver.url("/"))
    deployment.env["PENSTOCK_WEBHOOK_ALLOW_CIDRS"] = "127.0.0.2/32"
    deployment.start(*ROLES)
    webhooks.service.test(deployment.principal, endpoint.id)
    (delivery,) = webhooks.settled()
    assert delivery.status == "failed"
    assert "public addresses only" in (delivery.log[0].error or "")
    assert receiver.requests == []


def test_rabbitmq_carries_deliveries(
    servers: Servers, rabbitmq: RabbitMQ, receiver: Receiver, tmp_path: Path
) -> None:
    with Deployment(servers, tmp_path, broker_url=rabbitmq.url) as deployment:
        webhooks = Webhooks(deployment)
        endpoint, secret = webhooks.endpoint(receiver.url("/hook"))
        deployment.start(*ROLES)
        for _ in range(5):
            webhooks.service.test(deployment.principal, endpoint.id)
        found = webhooks.settled()
        assert [d.status for d in found] == ["succeeded"] * 5
        assert sorted(receiver.ids()) == sorted(d.id for d in found)
        assert all(r.verified(secret) for r in receiver.requests)
