import json

import pytest

from app.client.penstock import CannotReach, NotFound, Penstock
from app.client.sse import parse
from tests.support.fake_api import FakeAPI, Reply, job, problem, sse, stream

EVENTS = "GET /v1/jobs/job_1/events"
RESULTS = "GET /v1/jobs/job_1/results"


def connect(api: FakeAPI) -> Penstock:
    return Penstock(api.url, "pk_test")


def test_parse_joins_data_lines_and_drops_an_unfinished_message() -> None:
    lines = [": hello", "id: 7", "event: x", "data: a", "data:b", "", "data: lost"]
    assert [(m.id, m.event, m.data) for m in parse(lines)] == [("7", "x", "a\nb")]


def test_events_end_with_the_job(api: FakeAPI) -> None:
    api.on(EVENTS, stream(sse((1, "job.queued"), (2, "job.running"), (3, "job.succeeded"))))
    with connect(api) as penstock:
        assert [e.sequence for e in penstock.events("job_1")] == [1, 2, 3]
    assert len(api.requests) == 1
    assert api.requests[0].headers["accept"] == "text/event-stream"


def test_a_cut_stream_goes_on_after_the_last_event(api: FakeAPI) -> None:
    half = sse((1, "job.queued"), (2, "job.running")) + b"id: 3\nevent: job.succ"
    whole = sse((2, "job.running"), (3, "job.succeeded"))  # overlaps: a repeat is dropped
    api.on(EVENTS, stream(half, cut=True), problem(503, "unavailable", "down"), stream(whole))
    with connect(api) as penstock:
        assert [e.sequence for e in penstock.events("job_1")] == [1, 2, 3]
    assert [r.headers.get("last-event-id") for r in api.requests] == [None, "2", "2"]


def test_a_stream_that_ends_early_is_taken_up_again(api: FakeAPI) -> None:
    api.on(EVENTS, stream(sse((1, "job.queued"))), stream(sse((2, "job.canceled"))))
    with connect(api) as penstock:
        assert [e.type for e in penstock.events("job_1")] == ["job.queued", "job.canceled"]


def test_an_ended_job_with_nothing_new_ends_the_stream(api: FakeAPI) -> None:
    api.on(EVENTS, stream(b""))
    api.on("GET /v1/jobs/job_1", Reply(job("succeeded")))
    with connect(api) as penstock:
        assert list(penstock.events("job_1", after=3)) == []


def test_a_retried_job_goes_on_past_its_first_end(api: FakeAPI) -> None:
    told = ((1, "job.queued"), (2, "job.failed"), (3, "job.retried"), (4, "job.succeeded"))
    api.on(EVENTS, stream(sse(*told)))
    with connect(api) as penstock:
        assert [e.sequence for e in penstock.events("job_1")] == [1, 2, 3, 4]


def test_without_reconnect_a_cut_is_an_error(api: FakeAPI) -> None:
    api.on(EVENTS, stream(sse((1, "job.queued")), cut=True))
    with connect(api) as penstock, pytest.raises(CannotReach):
        list(penstock.events("job_1", reconnect=False))


def test_a_missing_job_is_not_tried_again(api: FakeAPI) -> None:
    with connect(api) as penstock, pytest.raises(NotFound):
        list(penstock.events("nope"))
    assert len(api.requests) == 1


def test_results_walk_the_pages(api: FakeAPI) -> None:
    def page(*numbers: int) -> bytes:
        return "".join(json.dumps({"index": n, "status": "done"}) + "\n" for n in numbers).encode()

    more = {"link": '</v1/jobs/job_1/results?limit=1000&after=1>; rel="next"'}
    api.on(RESULTS, Reply(raw=page(0, 1), headers=more), Reply(raw=page(2)))
    with connect(api) as penstock:
        assert [item.index for item in penstock.results("job_1")] == [0, 1, 2]
    assert "after=1" in api.requests[1].query
