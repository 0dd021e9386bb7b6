import json
from pathlib import Path

import pytest

from tests.support.fake_api import FakeAPI, Reply
from tests.unit.cli.test_jobs import penstock

PATH = "/v1/schedules"
SCHEDULE = {
    "id": "sch_1",
    "name": "nightly",
    "cron": "30 2 * * *",
    "interval_seconds": None,
    "timezone": "Europe/Berlin",
    "catch_up": "latest",
    "overlap": "allow",
    "enabled": True,
    "next_fires": ["2026-11-22T01:30:00Z"],
    "last_fire_at": None,
}
FIRE = {
    "fire_at": "2026-11-21T01:30:00Z",
    "trigger": "schedule",
    "status": "fired",
    "job_id": "job_1",
    "error": None,
}
MISSED = FIRE | {"status": "missed", "job_id": None, "error": {"code": "missed", "message": "two"}}


@pytest.fixture
def job_file(tmp_path: Path) -> str:
    path = tmp_path / "job.json"
    path.write_text(json.dumps({"pipeline": "extract", "input": {}}))
    return str(path)


def test_create_sends_what_was_given_and_shows_the_next_moments(
    api: FakeAPI, job_file: str
) -> None:
    api.on(f"POST {PATH}", Reply(SCHEDULE, 201))
    rule = ["--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--overlap", "skip"]
    result = penstock(api, "schedules", "create", "nightly", *rule, "--job", job_file)
    assert result.exit_code == 0, result.output
    assert "next: 2026-11-22T01:30:00Z" in result.stdout
    assert api.requests[0].body == {
        "name": "nightly",
        "cron": "30 2 * * *",
        "timezone": "Europe/Berlin",
        "overlap": "skip",
        "job": {"pipeline": "extract", "input": {}},
    }


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_job_file_that_is_no_object(api: FakeAPI, tmp_path: Path, text: str) -> None:
    path = tmp_path / "job.json"
    path.write_text(text)
    result = penstock(api, "schedules", "create", "n", "--every", "60", "--job", str(path))
    assert (result.exit_code, api.requests) == (2, [])
    assert "--job" in result.stderr


def test_list_walks_the_pages(api: FakeAPI) -> None:
    first = {"data": [SCHEDULE], "has_more": True, "next_cursor": "sch_1"}
    second = {"data": [SCHEDULE | {"enabled": False}], "has_more": False, "next_cursor": None}
    api.on(f"GET {PATH}", Reply(first), Reply(second))
    lines = penstock(api, "schedules", "list").stdout.splitlines()
    assert [line.split("\t")[4] for line in lines] == ["enabled", "paused"]
    assert api.requests[1].query == "after=sch_1"


def test_pause_and_resume(api: FakeAPI) -> None:
    api.on(f"PATCH {PATH}/sch_1", Reply(SCHEDULE))
    for name, enabled in (("pause", False), ("resume", True)):
        assert penstock(api, "schedules", name, "sch_1").exit_code == 0
        assert api.requests[-1].body == {"enabled": enabled}


def test_a_trigger_is_tried_again_with_the_same_key(api: FakeAPI) -> None:
    api.on(f"POST {PATH}/sch_1/trigger", Reply(FIRE, 202, cut=True), Reply(FIRE, 202))
    result = penstock(api, "schedules", "trigger", "sch_1")
    assert (result.exit_code, result.stdout) == (0, "fired job_1\n")
    one, two = (r.headers["idempotency-key"] for r in api.requests)
    assert one == two


def test_fires_say_why(api: FakeAPI) -> None:
    page = {"data": [FIRE, MISSED], "has_more": False, "next_cursor": None}
    api.on(f"GET {PATH}/sch_1/fires", Reply(page))
    lines = penstock(api, "schedules", "fires", "sch_1").stdout.splitlines()
    assert [line.split("\t")[2] for line in lines] == ["fired", "missed"]
    assert lines[1].endswith("two")
