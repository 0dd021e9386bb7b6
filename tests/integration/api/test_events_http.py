"""A job's events: pages of JSON, and a stream that can be taken up again."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import GOOD

STREAM = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def ended(app: Flask, alice: Owner) -> str:
    """The path of a canceled job's events: without workers it is the way to end."""
    client = app.test_client()
    path = client.post("/v1/jobs", json=GOOD, headers=alice.auth).headers["Location"]
    canceled = client.post(f"{path}/cancel", headers=alice.auth)
    assert canceled.status_code == 200
    assert canceled.json is not None
    assert canceled.json["status"] == "canceled"
    return f"{path}/events"


def listed(client: FlaskClient, owner: Owner, path: str) -> Any:
    response = client.get(path, headers=owner.auth)
    assert response.status_code == 200, response.text
    return response.json


def streamed(client: FlaskClient, owner: Owner, path: str, **headers: str) -> list[dict[str, Any]]:
    """The frames of a stream that ends by itself."""
    response = client.get(path, headers=owner.auth | STREAM | headers, buffered=True)
    assert response.status_code == 200, response.text
    assert response.content_type.startswith("text/event-stream")
    assert response.headers["Cache-Control"] == "no-store"
    frames = []
    for block in response.text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        if "data" in fields:
            frames.append(fields | {"data": json.loads(fields["data"])})
        else:
            assert list(fields) == ["retry"]
    return frames


def test_a_page(client: FlaskClient, alice: Owner, ended: str) -> None:
    page = listed(client, alice, ended)
    types = [event["type"] for event in page["data"]]
    assert types[0] == "job.queued"
    assert types[-1] == "job.canceled"
    assert not page["has_more"]
    sequences = [event["sequence"] for event in page["data"]]
    assert sequences == list(range(1, len(sequences) + 1))
    assert all(event["job_id"] in ended for event in page["data"])


def test_pages_join_up(client: FlaskClient, alice: Owner, ended: str) -> None:
    whole = listed(client, alice, ended)["data"]
    found: list[Any] = []
    while True:
        after = found[-1]["sequence"] if found else 0
        page = listed(client, alice, f"{ended}?after={after}&limit=1")
        found += page["data"]
        if not page["has_more"]:
            break
    assert found == whole
    assert listed(client, alice, f"{ended}?after={whole[-1]['sequence']}")["data"] == []


def test_a_stream_is_the_page_and_ends(client: FlaskClient, alice: Owner, ended: str) -> None:
    frames = streamed(client, alice, ended)
    assert [frame["data"] for frame in frames] == listed(client, alice, ended)["data"]
    for frame in frames:
        assert frame["id"] == str(frame["data"]["sequence"])
        assert frame["event"] == frame["data"]["type"]


def test_a_stream_goes_on_after_the_last_event_seen(
    client: FlaskClient, alice: Owner, ended: str
) -> None:
    whole = streamed(client, alice, ended)
    for seen in range(len(whole) + 1):
        rest = streamed(client, alice, ended, **{"Last-Event-ID": str(seen)})
        assert rest == whole[seen:]
        assert streamed(client, alice, f"{ended}?after={seen}") == whole[seen:]


def test_the_header_wins_over_the_query(client: FlaskClient, alice: Owner, ended: str) -> None:
    whole = streamed(client, alice, ended)
    assert streamed(client, alice, f"{ended}?after=1", **{"Last-Event-ID": "0"}) == whole


def test_a_stream_gives_its_place_back(app: Flask, alice: Owner, ended: str) -> None:
    for _ in range(40):  # more than may be open at once
        streamed(app.test_client(), alice, ended)
