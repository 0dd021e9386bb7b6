"""`penstock settings`, and the client's methods under it."""

import json
from pathlib import Path

import pytest

from app.client.penstock import Penstock, PreconditionFailed
from tests.support.fake_api import FakeAPI, Reply, job, problem
from tests.unit.cli.test_jobs import penstock

KEPT = {"policy": "strict", "version": 3, "updated_at": "2026-11-21T12:00:00Z"}
CHANGED = problem(412, "precondition_failed", "changed meanwhile")


def test_show_prints_what_set_takes(api: FakeAPI, tmp_path: Path) -> None:
    api.on("GET /v1/settings", Reply(KEPT))
    api.on("PUT /v1/settings", Reply(KEPT | {"version": 4}))
    shown = penstock(api, "settings", "show").stdout
    assert json.loads(shown) == KEPT
    file = tmp_path / "settings.json"
    file.write_text(shown)
    assert penstock(api, "settings", "set", str(file)).stdout == "version 4\n"
    seen = api.requests[-1]
    assert (seen.body, seen.headers["if-match"]) == ({"policy": "strict"}, '"3"')


def test_a_file_without_a_version_replaces_any(api: FakeAPI, tmp_path: Path) -> None:
    api.on("PUT /v1/settings", Reply(KEPT))
    file = tmp_path / "settings.json"
    file.write_text("{}")
    assert json.loads(penstock(api, "settings", "set", str(file), "--json").stdout) == KEPT
    assert "if-match" not in api.requests[-1].headers
    penstock(api, "settings", "set", str(file), "--version", "7")
    assert api.requests[-1].headers["if-match"] == '"7"'


@pytest.mark.parametrize("text", ["[]", "{", '{"version": "3"}'])
def test_a_file_that_is_none(api: FakeAPI, tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(text)
    assert penstock(api, "settings", "set", str(file)).exit_code == 2
    assert api.requests == []


def test_a_lost_update_is_told(api: FakeAPI) -> None:
    api.on("PUT /v1/settings", CHANGED)
    with Penstock(api.url, "pk_test") as client, pytest.raises(PreconditionFailed):
        client.settings.put(KEPT, version=3)
    assert len(api.requests) == 1


def test_a_versions_change_is_not_sent_twice(api: FakeAPI) -> None:
    """The first may have been taken: then the second would be refused."""
    api.on("PUT /v1/settings", problem(503, "unavailable", "away"))
    with Penstock(api.url, "pk_test", retries=2) as client:
        with pytest.raises(Exception, match="away"):
            client.settings.put({}, version=3)
        assert len(api.requests) == 1
        with pytest.raises(Exception, match="away"):
            client.settings.put({})
        assert len(api.requests) == 4


def test_a_deduplicated_submit_says_so(api: FakeAPI) -> None:
    api.on("POST /v1/jobs", Reply(job(), 200, {"Penstock-Deduplicated": "true"}))
    with Penstock(api.url, "pk_test") as client:
        made = client.submit("extract", {})
    assert (made.deduplicated, made.replayed) == (True, False)
