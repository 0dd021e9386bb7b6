"""Schedules in the Python client: what goes out, what comes back, what is asked again."""

from urllib.parse import unquote

import pytest

from app.client import penstock as client
from tests.support.fake_api import FakeAPI, Reply, problem
from tests.unit.client.test_requests import connect

PATH = "/v1/schedules"
SCHEDULE = {"id": "sch_1", "name": "nightly"}
FIRE = {"fire_at": "2026-11-21T01:30:00Z", "trigger": "manual", "status": "fired"}
JOB = {"pipeline": "extract", "input": {}}


def test_create_sends_what_was_given_and_leaves_the_rest_out(api: FakeAPI) -> None:
    api.on(f"POST {PATH}", Reply(SCHEDULE, 201))
    with connect(api) as penstock:
        made = penstock.schedules.create("nightly", JOB, cron="30 2 * * *", timezone=None)
    assert made == SCHEDULE
    assert api.requests[0].body == {"name": "nightly", "job": JOB, "cron": "30 2 * * *"}


def test_create_is_not_sent_twice(api: FakeAPI) -> None:
    """It has no key: after a lost answer nobody knows, and two schedules would fire twice."""
    api.on(f"POST {PATH}", problem(503, "unavailable", "down"), Reply(SCHEDULE, 201))
    with connect(api) as penstock, pytest.raises(client.ServerError):
        penstock.schedules.create("nightly", JOB, cron="30 2 * * *")
    assert len(api.requests) == 1


def test_update_can_switch_off(api: FakeAPI) -> None:
    api.on(f"PATCH {PATH}/sch_1", Reply(SCHEDULE))
    with connect(api) as penstock:
        penstock.schedules.update("sch_1", enabled=False)
    assert api.requests[0].body == {"enabled": False}


def test_get_and_delete_are_asked_again(api: FakeAPI) -> None:
    for method in ("GET", "DELETE"):
        api.on(f"{method} {PATH}/sch_1", problem(503, "unavailable", "down"), Reply(SCHEDULE))
    with connect(api) as penstock:
        assert penstock.schedules.get("sch_1") == SCHEDULE
        assert penstock.schedules.delete("sch_1") == SCHEDULE


def test_an_id_stays_one_step_of_the_path(api: FakeAPI) -> None:
    api.on("GET /v1/schedules/..%2Fjobs", Reply(SCHEDULE))
    with connect(api) as penstock:
        penstock.schedules.get("../jobs")
    assert api.requests[0].path == "/v1/schedules/..%2Fjobs"


def test_a_trigger_keeps_its_key_over_tries(api: FakeAPI) -> None:
    api.on(f"POST {PATH}/sch_1/trigger", problem(429, "queue_full", "later"), Reply(FIRE, 202))
    with connect(api) as penstock:
        assert penstock.schedules.trigger("sch_1") == FIRE
    one, two = (r.headers["idempotency-key"] for r in api.requests)
    assert one == two
    assert len(one) == 36


def test_a_trigger_takes_a_key_of_ones_own(api: FakeAPI) -> None:
    api.on(f"POST {PATH}/sch_1/trigger", Reply(FIRE, 202))
    with connect(api) as penstock:
        penstock.schedules.trigger("sch_1", "mine")
    assert api.requests[0].headers["idempotency-key"] == "mine"


def test_fires_walk_the_pages_by_the_cursor(api: FakeAPI) -> None:
    cursor = "2026-11-21T01:30:00Z~manual"
    first = {"data": [FIRE], "has_more": True, "next_cursor": cursor}
    last = {"data": [FIRE], "has_more": False, "next_cursor": None}
    api.on(f"GET {PATH}/sch_1/fires", Reply(first), Reply(last))
    with connect(api) as penstock:
        assert list(penstock.schedules.fires("sch_1")) == [FIRE, FIRE]
    assert api.requests[0].query == ""
    assert unquote(api.requests[1].query) == f"before={cursor}"


def test_list_walks_the_pages(api: FakeAPI) -> None:
    first = {"data": [SCHEDULE], "has_more": True, "next_cursor": "sch_1"}
    last = {"data": [], "has_more": False, "next_cursor": None}
    api.on(f"GET {PATH}", Reply(first), Reply(last))
    with connect(api) as penstock:
        assert list(penstock.schedules.list()) == [SCHEDULE]
    assert api.requests[1].query == "after=sch_1"
