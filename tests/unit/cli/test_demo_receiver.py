"""The demo's receiver believes what is signed, and says what it was told."""

import io
import json
import time

from rich.console import Console

from app.cli.demo_receiver import DemoReceiver, print_webhooks
from app.client.penstock import Job
from app.infra.webhook_signing import new_secret, shown, signed_headers
from tests.support.fake_api import job


def event(kind: str = "job.succeeded") -> bytes:
    return json.dumps({"type": kind, "data": {"id": "job_1"}}).encode()


def test_it_counts_a_webhook_once_and_refuses_a_forged_one() -> None:
    key = new_secret()
    done = [Job.of(job("succeeded"))]
    paper = Console(file=io.StringIO(), width=200)
    with DemoReceiver() as receiver:
        receiver.secret = shown(key)
        forged = signed_headers("dlv_1", int(time.time()), event(), [new_secret()])
        assert receiver.take(forged, event()) == 401
        assert not print_webhooks(paper, receiver, done, 0.0)
        headers = signed_headers("dlv_1", int(time.time()), event(), [key])
        assert [receiver.take(headers, event()) for _ in range(2)] == [204, 204]
        assert print_webhooks(paper, receiver, done, 0.0)
    assert isinstance(paper.file, io.StringIO)
    said = paper.file.getvalue().splitlines()
    assert "only 0 of 1 jobs were told" in said[0]
    assert "the end of 1 of 1 jobs and verified each signature" in said[1]
