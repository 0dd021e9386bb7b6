"""Streams and waits: few at once, and over when the process stops."""

import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.api.waiting import Waiting
from app.container import Container
from app.errors import Unavailable
from app.stack.roles import api
from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import GOOD

CAP = 32  # half of the threads
ROOT = Path(__file__).parents[3]


def fetch(url: str, owner: Owner, body: Any = None, **headers: str) -> HTTPResponse:
    data = None if body is None else json.dumps(body).encode()
    names = owner.auth | {"Content-Type": "application/json"}
    names |= {k.replace("_", "-"): v for k, v in headers.items()}
    opened: HTTPResponse = urllib.request.urlopen(urllib.request.Request(url, data, names))
    return opened


@pytest.fixture
def server(container: Container) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The API as the stack runs it: its process and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {
        "PENSTOCK_DATABASE_URL": container.settings.database.url or "",
        "PENSTOCK_SIMULATOR_URL": "http://127.0.0.1:9",
    }
    process = subprocess.Popen(
        api(container.settings, port).argv, env=env, cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield process, port
    finally:
        process.kill()
        process.wait()


def test_a_stream_ends_when_the_process_is_told_to_stop(
    server: tuple[subprocess.Popen[bytes], int], alice: Owner
) -> None:
    process, port = server
    base = f"http://127.0.0.1:{port}"
    path = fetch(f"{base}/v1/jobs", alice, GOOD).headers["Location"]
    with fetch(f"{base}{path}/events", alice, Accept="text/event-stream") as stream:
        assert stream.readline() == b"retry: 1000\n"
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        stream.read()  # ends whole, by its last chunk
    assert process.wait(timeout=20) == 0
    assert time.monotonic() - began < 6  # the grace time is 10


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        (b"GET /v1/jobs HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"hello\r\n\r\n", 400),
        (b"POST /v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
    ],
)
def test_what_is_not_http_is_a_problem_too(
    server: tuple[subprocess.Popen[bytes], int], request_text: bytes, status: int
) -> None:
    with socket.create_connection(("127.0.0.1", server[1]), timeout=10) as connection:
        connection.sendall(request_text)
        head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/problem+json" in head
    found = json.loads(body)
    assert found["status"] == status
    assert found["request_id"].encode() in head


@pytest.fixture
def full(app: Flask) -> Iterator[None]:
    """No place is left."""
    places: Waiting = app.extensions["penstock_waiting"]
    for _ in range(CAP):
        places.take()
    with pytest.raises(Unavailable, match="too many"):
        places.take()
    yield
    for _ in range(CAP):
        places.give_back()


@pytest.mark.usefixtures("full")
def test_beyond_the_cap_streams_are_refused_and_waits_do_not_wait(app: Flask, alice: Owner) -> None:
    client = app.test_client()
    began = time.monotonic()
    accepted = client.post("/v1/jobs", json=GOOD, headers=alice.auth | {"Prefer": "wait=30"})
    assert accepted.status_code == 202
    assert "Preference-Applied" not in accepted.headers
    assert time.monotonic() - began < 5
    events = f"{accepted.headers['Location']}/events"
    refused = client.get(events, headers=alice.auth | {"Accept": "text/event-stream"})
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert client.get(events, headers=alice.auth).status_code == 200


def test_the_methods_that_metrics_name_are_bounded(app: Flask) -> None:
    client = app.test_client()
    assert client.open("/v1/jobs", method="BREW").status_code == 405
    text = client.get("/metrics").text
    assert 'method="OTHER"' in text
    assert "BREW" not in text
