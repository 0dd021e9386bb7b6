"""Kills and outages on a webhook's way: nothing is lost, and a repetition keeps its id."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.infra.clock import utcnow
from tests.support.deployment import Deployment
from tests.support.receiver import OK, Receiver, Request
from tests.support.webhook_mixture import mixture, raw_server, send, silence
from tests.support.webhooks import ROLES, Webhooks


def test_sigkill_between_the_post_and_its_commit(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver, tmp_path: Path
) -> None:
    once = tmp_path / "once"
    endpoint, secret = webhooks.endpoint(receiver.url())
    deployment.start("relay")
    deployment.start("worker-webhooks", fault=f"delivery.posted={once}")
    send(webhooks, endpoint)
    (delivery,) = webhooks.settled()
    assert once.exists(), "the fault never fired"
    assert delivery.status == "succeeded"
    assert receiver.ids() == [delivery.id] * 2, "posted, killed, posted again under the same id"
    assert [a.error is None for a in delivery.log] == [False, True], "the lost attempt is shown"
    for request in receiver.requests:
        assert request.verified(secret)["type"] == "endpoint.test"


def test_sigkill_between_the_mark_and_the_publish(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver, tmp_path: Path
) -> None:
    once = tmp_path / "once"
    endpoint, _ = webhooks.endpoint(receiver.url())
    deployment.start("worker-webhooks")
    deployment.start("relay", fault=f"delivery.marked={once}")
    send(webhooks, endpoint)
    (delivery,) = webhooks.settled()
    assert once.exists(), "the fault never fired"
    assert receiver.ids() == [delivery.id]


def test_the_job_commits_and_no_process_is_there_to_dispatch(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    """Between a state's commit and its dispatch there is nothing in memory to lose."""
    endpoint, secret = webhooks.endpoint(receiver.url(), event_types=["job.canceled"])
    job = deployment.submit("nobody-there")
    deployment.services.jobs.cancel(deployment.principal, job.id)
    (waiting,) = webhooks.deliveries(endpoint_id=endpoint.id)
    assert waiting.status == "pending"
    deployment.start(*ROLES)
    webhooks.settled()
    (request,) = receiver.requests
    assert (request.id, request.verified(secret)["data"]["id"]) == (waiting.id, job.id)


def test_messages_that_the_broker_lost_are_sent_again(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    endpoint, _ = webhooks.endpoint(receiver.url())
    send(webhooks, endpoint)
    deployment.start("relay")
    deployment.until(lambda: webhooks.deliveries()[0].status == "dispatched")
    deployment.servers.flush()
    deployment.start("worker-webhooks")
    (delivery,) = webhooks.settled()
    assert receiver.ids() == [delivery.id]


def test_a_worker_frozen_past_its_lease_writes_nothing_when_it_thaws(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    arrived = threading.Event()

    def answer(request: Request, n: int) -> Any:
        arrived.set()
        time.sleep(0.7 if n == 1 else 0)
        return OK

    receiver.answer = answer
    endpoint, _ = webhooks.endpoint(receiver.url())
    deployment.start(*ROLES)
    send(webhooks, endpoint)
    assert arrived.wait(60)
    deployment.freeze("worker-webhooks")
    deployment.until(lambda: webhooks.deliveries()[0].status in ("pending", "dispatched"))
    deployment.thaw("worker-webhooks")
    (delivery,) = webhooks.settled()
    assert delivery.status == "succeeded"
    assert set(receiver.ids()) == {delivery.id}
    time.sleep(1)  # what the thawed one may still want to write
    (after,) = webhooks.deliveries()
    assert [a.number for a in after.log] == [1, 2]
    assert after.status == "succeeded"


def test_an_endpoint_down_for_a_whole_schedule_gets_all_by_recover(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    since = utcnow()
    endpoint, secret = webhooks.endpoint(receiver.url())
    receiver.stop()
    deployment.start(*ROLES)
    send(webhooks, endpoint, each=2)
    down = webhooks.settled()
    assert [d.status for d in down] == ["failed"] * 2
    assert {len(d.log) for d in down} == {4}
    receiver.start()
    assert webhooks.service.recover(deployment.principal, endpoint.id, since) == 2
    up = webhooks.settled()
    assert [d.status for d in up] == ["succeeded"] * 2
    assert sorted(receiver.ids()) == sorted(d.id for d in down), "each once, under its old id"
    assert all(r.verified(secret) for r in receiver.requests)


def endless_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65_536)


def dripping_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def dripping_head(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-A: b\r\n")
        time.sleep(0.05)


TALKS: dict[Callable[[socket.socket], None], str] = {
    endless_body: "succeeded",
    dripping_body: "succeeded",
    dripping_head: "failed",
    silence: "failed",
}


@pytest.mark.parametrize("talk", TALKS, ids=lambda t: t.__name__)
def test_a_receiver_that_never_ends_holds_nothing_for_long(
    deployment: Deployment, talk: Callable[[socket.socket], None]
) -> None:
    """The status decides; the body is for the log, and is cut."""
    webhooks = Webhooks(deployment, PENSTOCK_WEBHOOKS_TIMEOUT_SECONDS="1")
    listener, url = raw_server(talk)
    endpoint, _ = webhooks.endpoint(url)
    deployment.start(*ROLES)
    send(webhooks, endpoint)
    try:
        (delivery,) = webhooks.settled()
    finally:
        listener.close()
    assert delivery.status == TALKS[talk]
    first = delivery.log[0]
    assert len(first.response or "") <= 1024
    if delivery.status == "failed":
        assert "no answer within" in (first.error or "")
        assert first.latency_ms >= 900
    assert first.latency_ms < 10_000  # a hang guard; the setting is one second


def nothing_is_lost(deployment: Deployment, receiver: Receiver) -> None:
    """Each delivery is at its receiver, still on its way, or failed after its whole schedule."""
    rows = deployment.rows("SELECT id, status, slot FROM deliveries")
    counts = Counter(row["status"] for row in rows)
    arrived = set(receiver.ids())
    missing = [r for r in rows if r["status"] == "succeeded" and r["id"] not in arrived]
    assert missing == [], counts
    assert all(row["slot"] >= 4 for row in rows if row["status"] == "failed"), counts
    assert counts["canceled"] == 0


def test_slow_and_dead_endpoints_do_not_hold_up_the_good(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    alone, beside = mixture(webhooks, receiver, each=100)
    ratio = beside / alone
    print(f"good endpoints: {alone:.1f} s alone, {beside:.1f} s in the mixture, {ratio:.2f}x")
    assert ratio < 4  # behind 200 deliveries of a second each they would wait for minutes
    nothing_is_lost(deployment, receiver)


@pytest.mark.chaos_long
@pytest.mark.timeout(900)
def test_ten_thousand_deliveries_to_a_mixture(
    deployment: Deployment, webhooks: Webhooks, receiver: Receiver
) -> None:
    """4,000 to good endpoints alone, then 10,000 to these, slow, silent and closed ones."""
    alone, beside = mixture(webhooks, receiver, each=1000)
    print(f"good endpoints: {alone:.1f} s alone, {beside:.1f} s in the mixture")
    assert beside / alone < 3  # seen: 1.5
    nothing_is_lost(deployment, receiver)
