import pytest

from app.client import penstock as client
from app.client.penstock import Penstock
from tests.support.fake_api import FakeAPI, Reply, job, problem

GIVEN = {"prompt": "p", "document": "d", "schema": {}}


def connect(api: FakeAPI, **options: object) -> Penstock:
    return Penstock(api.url, "pk_test", **options)  # type: ignore[arg-type]


def test_submit_sends_what_was_given_and_an_idempotency_key(api: FakeAPI) -> None:
    api.on("POST /v1/jobs", Reply(job(), 202))
    with connect(api) as penstock:
        made = penstock.submit("extract", GIVEN, priority="high", cancel_after=60)
    seen = api.requests[0]
    assert made.id == "job_1"
    assert not made.replayed
    assert seen.body == {"pipeline": "extract", "input": GIVEN, "priority": "high"}
    assert seen.headers["authorization"] == "Bearer pk_test"
    assert seen.headers["cancel-after"] == "60.000"
    assert len(seen.headers["idempotency-key"]) == 36


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_submit_is_tried_again_with_the_same_key(api: FakeAPI, status: int) -> None:
    api.on("POST /v1/jobs", problem(status, "busy", "later"), Reply(job(), 202))
    with connect(api) as penstock:
        penstock.submit("extract", GIVEN)
    keys = [r.headers["idempotency-key"] for r in api.requests]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def test_a_cut_answer_is_asked_for_again(api: FakeAPI) -> None:
    api.on("GET /v1/jobs/job_1", Reply(job(), cut=True), Reply(job("running")))
    with connect(api) as penstock:
        assert penstock.get("job_1").status == "running"


def test_retry_after_is_honoured(api: FakeAPI, no_waiting: list[float]) -> None:
    api.on("GET /v1/jobs/job_1", problem(429, "rate", "slow", retry_after="7"), Reply(job()))
    with connect(api) as penstock:
        penstock.get("job_1")
    assert no_waiting == [7.0]


def test_a_long_retry_after_is_left_to_the_caller(api: FakeAPI) -> None:
    api.on("GET /v1/jobs/job_1", problem(429, "rate", "slow", retry_after="3600"))
    with connect(api) as penstock, pytest.raises(client.RateLimited) as caught:
        penstock.get("job_1")
    assert caught.value.retry_after == 3600
    assert len(api.requests) == 1


def test_a_job_retry_is_not_repeated_after_503(api: FakeAPI) -> None:
    api.on("POST /v1/jobs/job_1/retry", problem(503, "unavailable", "down"))
    with connect(api) as penstock, pytest.raises(client.ServerError):
        penstock.retry("job_1")
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, client.InvalidRequest),
        (401, client.Unauthenticated),
        (403, client.Forbidden),
        (404, client.NotFound),
        (409, client.Conflict),
        (413, client.InvalidRequest),
        (422, client.InvalidRequest),
        (500, client.ServerError),
    ],
)
def test_each_status_has_its_exception(
    api: FakeAPI, status: int, kind: type[client.APIError]
) -> None:
    fault = {"pointer": "/input/schema/type", "detail": "unknown type"}
    api.on("GET /v1/jobs/job_1", problem(status, "the_code", "the detail", [fault]))
    with connect(api) as penstock, pytest.raises(kind) as caught:
        penstock.get("job_1")
    error = caught.value
    assert (error.status, error.code, error.request_id) == (status, "the_code", "req_1")
    assert str(error) == "the detail\n  /input/schema/type: unknown type"


def test_a_body_that_is_no_problem_is_still_an_error(api: FakeAPI) -> None:
    api.on("GET /v1/jobs/job_1", Reply(status=500, raw=b"<html>oops</html>"))
    with connect(api) as penstock, pytest.raises(client.ServerError, match="oops"):
        penstock.get("job_1")


@pytest.mark.usefixtures("no_waiting")
def test_nobody_there() -> None:
    with Penstock("http://127.0.0.1:9", "k") as penstock, pytest.raises(client.CannotReach):
        penstock.get("job_1")


def test_ids_are_quoted(api: FakeAPI) -> None:
    with connect(api) as penstock, pytest.raises(client.NotFound):
        penstock.get("../keys?x=1")
    assert api.requests[0].path == "/v1/jobs/..%2Fkeys%3Fx%3D1"


def test_list_walks_the_pages(api: FakeAPI) -> None:
    first = {"data": [job(id="job_2")], "has_more": True, "next_cursor": "c1"}
    last = {"data": [job(id="job_1")], "has_more": False, "next_cursor": None}
    api.on("GET /v1/jobs", Reply(first), Reply(last))
    with connect(api) as penstock:
        assert [j.id for j in penstock.list(status="failed")] == ["job_2", "job_1"]
    assert "after=c1" in api.requests[1].query
    assert "status=failed" in api.requests[1].query


def test_run_waits_and_raises_when_the_job_fails(api: FakeAPI) -> None:
    api.on("POST /v1/jobs", Reply(job(), 202))
    error = {"code": "no_valid_answer", "message": "three tries"}
    api.on(
        "GET /v1/jobs/job_1", Reply(job()), Reply(job("running")), Reply(job("failed", error=error))
    )
    with connect(api) as penstock, pytest.raises(client.JobNotSucceeded, match="three tries"):
        penstock.run("extract", GIVEN)
    assert len(api.to("GET /v1/jobs/job_1")) == 3


def test_wait_gives_up_in_time(api: FakeAPI) -> None:
    api.on("GET /v1/jobs/job_1", Reply(job("running")))
    with connect(api) as penstock, pytest.raises(client.WaitTimeout) as caught:
        penstock.wait("job_1", timeout=0)
    assert caught.value.job.status == "running"


def test_url_and_key_come_from_the_environment(
    api: FakeAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PENSTOCK_URL", api.url)
    monkeypatch.setenv("PENSTOCK_API_KEY", "pk_env")
    api.on("GET /v1/jobs/job_1", Reply(job()))
    with Penstock() as penstock:
        penstock.get("job_1")
    assert api.requests[0].headers["authorization"] == "Bearer pk_env"
    monkeypatch.delenv("PENSTOCK_URL")
    with pytest.raises(ValueError, match="PENSTOCK_URL"):
        Penstock()
