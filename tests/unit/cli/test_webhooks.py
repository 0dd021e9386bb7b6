import json

from tests.support.fake_api import FakeAPI, Reply, problem
from tests.unit.cli.test_jobs import penstock

ENDPOINT = {
    "id": "whe_1",
    "url": "https://hooks.example/",
    "event_types": ["job.succeeded"],
    "description": "",
    "metadata": {},
    "include_result": False,
    "enabled": True,
    "failing_since": None,
    "disabled_at": None,
    "disabled_reason": None,
    "previous_until": None,
    "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z",
}
MADE = ENDPOINT | {"secret": "whsec_abc"}
PATH = "/v1/webhook-endpoints"


def delivery(n: int, **more: object) -> dict[str, object]:
    attempt = {"number": 1, "status_code": 500, "error": "answered 500", "latency_ms": 4}
    base = {"id": f"dlv_{n}", "type": "job.succeeded", "status": "failed", "attempts": [attempt]}
    times = {"created_at": "2026-11-20T12:00:00Z", "next_attempt_at": None, "ended_at": None}
    return base | times | more


def test_create_prints_the_secret_once(api: FakeAPI) -> None:
    api.on(f"POST {PATH}", Reply(MADE, 201))
    options = ["--event", "job.succeeded", "--include-result", "--metadata", '{"team": 1}']
    result = penstock(api, "webhooks", "create", "https://hooks.example/", *options)
    assert result.exit_code == 0, result.output
    assert "secret: whsec_abc" in result.stdout
    assert api.requests[0].body == {
        "url": "https://hooks.example/",
        "event_types": ["job.succeeded"],
        "include_result": True,
        "metadata": {"team": 1},
    }


def test_metadata_must_be_json(api: FakeAPI) -> None:
    result = penstock(api, "webhooks", "create", "https://x/", "--metadata", "{")
    assert (result.exit_code, api.requests) == (2, [])
    assert "--metadata" in result.stderr


def test_list_and_show(api: FakeAPI) -> None:
    gone = ENDPOINT | {"enabled": False, "disabled_reason": "gone"}
    api.on(f"GET {PATH}", Reply({"data": [ENDPOINT, gone]}))
    lines = penstock(api, "webhooks", "list").stdout.splitlines()
    assert [line.split("\t")[2] for line in lines] == ["enabled", "disabled (gone)"]
    assert json.loads(penstock(api, "webhooks", "list", "--json").stdout)["data"][0] == ENDPOINT
    api.on(f"GET {PATH}/whe_1", Reply(ENDPOINT))
    assert "whe_1 enabled" in penstock(api, "webhooks", "show", "whe_1").stdout


def test_update_names_what_changes_and_no_more(api: FakeAPI) -> None:
    api.on(f"PATCH {PATH}/whe_1", Reply(ENDPOINT))
    options = ["--to", "https://other.example/", "--enable", "--thin"]
    assert penstock(api, "webhooks", "update", "whe_1", *options).exit_code == 0
    assert api.requests[0].body == {
        "url": "https://other.example/",
        "enabled": True,
        "include_result": False,
    }


def test_rotate_test_delete_replay(api: FakeAPI) -> None:
    api.on(f"POST {PATH}/whe_1/rotate", Reply(MADE, 201))
    api.on("POST /v1/webhook-secret/rotate", Reply({"secret": "whsec_own"}, 201))
    api.on(f"POST {PATH}/whe_1/test", Reply(delivery(1, status="pending"), 202))
    api.on(f"DELETE {PATH}/whe_1", Reply(ENDPOINT))
    api.on("POST /v1/webhook-deliveries/dlv_1/replay", Reply(delivery(1, status="pending"), 202))
    rotated = penstock(api, "webhooks", "rotate", "whe_1", "--overlap", "60")
    assert "whsec_abc" in rotated.stdout
    assert api.requests[0].body == {"overlap_seconds": 60.0}
    assert "whsec_own" in penstock(api, "webhooks", "rotate").stdout
    assert penstock(api, "webhooks", "test", "whe_1").stdout == "dlv_1 pending\n"
    assert penstock(api, "webhooks", "delete", "whe_1").stdout == "deleted whe_1\n"
    assert penstock(api, "webhooks", "replay", "dlv_1").stdout == "dlv_1 pending\n"


def test_deliveries_come_by_pages_up_to_the_limit(api: FakeAPI) -> None:
    first = {"data": [delivery(1), delivery(2)], "has_more": True, "next_cursor": "dlv_2"}
    last = {"data": [delivery(3), delivery(4)], "has_more": False, "next_cursor": None}
    api.on("GET /v1/webhook-deliveries", Reply(first), Reply(last))
    options = ["--endpoint", "whe_1", "--status", "failed", "--limit", "3"]
    lines = penstock(api, "webhooks", "deliveries", *options).stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["dlv_1", "dlv_2", "dlv_3"]
    assert lines[0].split("\t")[3:5] == ["1", "500"]
    assert "after=dlv_2" in api.requests[1].query
    assert "endpoint_id=whe_1&status=failed" in api.requests[1].query


def test_recover_takes_an_age_or_a_time(api: FakeAPI) -> None:
    api.on(f"POST {PATH}/whe_1/recover", Reply({"recovered": 3}, 202))
    for since in ("2d", "2026-11-20T12:00:00Z"):
        result = penstock(api, "webhooks", "recover", "whe_1", "--since", since)
        assert result.stdout == "3 deliveries sent again\n"
    assert api.requests[0].query.startswith("since=20")
    assert api.requests[1].query == "since=2026-11-20T12%3A00%3A00Z"
    as_json = penstock(api, "webhooks", "recover", "whe_1", "--since", "1h", "--json").stdout
    assert json.loads(as_json) == {"recovered": 3}


def test_a_refusal_names_the_field(api: FakeAPI) -> None:
    fault = {"pointer": "/url", "detail": "must begin with https://"}
    refusal = problem(422, "invalid_input", "the URL cannot be delivered to", errors=[fault])
    api.on(f"POST {PATH}", refusal)
    result = penstock(api, "webhooks", "create", "http://hooks.example/")
    assert result.exit_code == 2
    assert "/url" in result.stderr
