"""Schedules over HTTP: what they show, and every way to be wrong about them."""

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.integration.api.conftest import Owner, make_owner
from tests.integration.api.payloads import GOOD
from tests.integration.api.refusals import Row, assert_problem, send

PATH = "/v1/schedules"
NOBODY = f"{PATH}/sch_" + "a" * 26


def wanted(**changes: Any) -> dict[str, Any]:
    given = {"name": "n", "cron": "0 2 * * *", "job": GOOD, **changes}
    return {name: value for name, value in given.items() if value is not ...}


def invalid(name: str, pointer: str, body: Any, says: str = "") -> Row:
    return Row(name, 422, "invalid_input", pointer, body, path=PATH, says=says)


def job(**changes: Any) -> dict[str, Any]:
    return wanted(job={**GOOD, **changes})


def query(name: str, path: str, pointer: str) -> Row:
    return Row(name, 422, "invalid_input", pointer, None, "GET", path)


ROWS = [
    invalid("no name", "/name", wanted(name=...)),
    invalid("name empty", "/name", wanted(name="")),
    invalid("name number", "/name", wanted(name=5)),
    invalid("name long", "/name", wanted(name="x" * 101)),
    invalid("name with NUL", "/name", wanted(name="a\0b")),
    invalid("neither rule", "/cron", wanted(cron=...), "either"),
    invalid("both rules", "/cron", wanted(interval_seconds=60), "either"),
    invalid("cron four fields", "/cron", wanted(cron="00 02 01 01"), "five fields"),
    invalid("cron short", "/cron", wanted(cron="* * *"), "five fields"),
    invalid("cron empty", "/cron", wanted(cron=""), "five fields"),
    invalid("cron six fields", "/cron", wanted(cron="0 0 2 * * *"), "five fields"),
    invalid("cron minute", "/cron", wanted(cron="60 2 * * *"), "minute"),
    invalid("cron words", "/cron", wanted(cron="every day at two o clock")),
    invalid("cron never", "/cron", wanted(cron="0 0 31 2 *"), "day"),
    invalid("cron long", "/cron", wanted(cron="0" * 300 + " * * * *")),
    invalid("cron number", "/cron", wanted(cron=5)),
    invalid("interval 0", "/interval_seconds", wanted(cron=..., interval_seconds=0)),
    invalid("interval text", "/interval_seconds", wanted(cron=..., interval_seconds="60")),
    invalid("interval fraction", "/interval_seconds", wanted(cron=..., interval_seconds=1.5)),
    invalid("interval huge", "/interval_seconds", wanted(cron=..., interval_seconds=2**40)),
    invalid("timezone unknown", "/timezone", wanted(timezone="Mars/Base"), "IANA"),
    invalid("timezone path", "/timezone", wanted(timezone="../../etc/passwd"), "IANA"),
    invalid("timezone NUL", "/timezone", wanted(timezone="UTC\0")),
    invalid("no job", "/job", wanted(job=...)),
    invalid("job text", "/job", wanted(job="x")),
    invalid("job empty", "/job/pipeline", wanted(job={})),
    invalid("job pipeline", "/job/pipeline", job(pipeline="nothing")),
    invalid("job unknown field", "/job/nonsense", job(nonsense=1)),
    invalid("job with a deadline", "/job/deadline", job(deadline="2030-01-01T00:00:00Z")),
    invalid("job placeholder", "/job/metadata/a", job(metadata={"a": "{{ nope }}"}), "nope"),
    invalid("job priority", "/job/priority", job(priority="urgent")),
    invalid("catch_up", "/catch_up", wanted(catch_up="some")),
    invalid("catch_up_cap", "/catch_up_cap", wanted(catch_up_cap=0)),
    invalid("overlap", "/overlap", wanted(overlap="queue")),
    invalid("jitter", "/jitter_seconds", wanted(jitter_seconds=-1)),
    invalid("starts_at", "/starts_at", wanted(starts_at="tomorrow")),
    invalid("starts_at far", "/starts_at", wanted(starts_at="9999-12-31T23:59:59-23:59")),
    invalid(
        "ends before it starts",
        "/ends_at",
        wanted(starts_at="2030-01-02T00:00:00Z", ends_at="2030-01-01T00:00:00Z"),
    ),
    invalid("enabled text", "/enabled", wanted(enabled="yes")),
    invalid("unknown field", "/colour", wanted(colour="red")),
    query("limit", f"{PATH}?limit=0", "/query/limit"),
    query("cursor", f"{PATH}?after=x", "/query/after"),
    *[
        query(f"before {n}", f"{NOBODY}/fires?before={text}", "/query/before")
        for n, text in enumerate(
            ("x", "2026-11-21T00:00:00Z~", "2026-11-21T00:00:00Z~x", "~manual", "2026-11-21~manual")
        )
    ],
    Row("trigger body", 422, "invalid_input", "/job", {"job": {}}, "POST", f"{NOBODY}/trigger"),
    Row("trigger list", 422, "invalid_input", "", [], "POST", f"{NOBODY}/trigger"),
    *[
        Row(f"nobody {method} {rest}", 404, "not_found", None, body, method, NOBODY + rest)
        for method, rest, body in (
            ("GET", "", None),
            ("PATCH", "", {"name": "x"}),
            ("DELETE", "", None),
            ("POST", "/trigger", None),
            ("GET", "/fires", None),
        )
    ],
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_wrong_requests(client: FlaskClient, alice: Owner, row: Row) -> None:
    found = assert_problem(send(client, row, alice.auth), row.status, row.code)
    if row.pointer is not None:
        told = {fault["pointer"]: fault["detail"] for fault in found["errors"]}
        assert row.pointer in told, found
        assert row.says in told[row.pointer]


def test_a_schedules_life(client: FlaskClient, alice: Owner) -> None:
    made = client.post(PATH, json=wanted(timezone="Europe/Berlin"), headers=alice.auth)
    assert made.status_code == 201
    schedule = made.json
    assert made.headers["Location"] == f"{PATH}/{schedule['id']}"
    moments = [datetime.fromisoformat(m) for m in schedule["next_fires"]]
    assert len(moments) == 5
    assert moments == sorted(moments)
    one = f"{PATH}/{schedule['id']}"
    changed = client.patch(
        one, json={"interval_seconds": 60, "enabled": False}, headers=alice.auth
    ).json
    assert (changed["cron"], changed["interval_seconds"]) == (None, 60)
    assert changed["next_fires"] == []
    fire = client.post(f"{one}/trigger", headers=alice.auth)
    assert fire.status_code == 202
    assert client.get(fire.headers["Location"], headers=alice.auth).status_code == 200
    client.post(f"{one}/trigger", headers=alice.auth)
    page = client.get(f"{one}/fires?limit=1", headers=alice.auth).json
    assert page["has_more"]
    rest = client.get(
        f"{one}/fires", query_string={"before": page["next_cursor"]}, headers=alice.auth
    ).json
    assert [f["job_id"] for f in rest["data"]] == [fire.json["job_id"]]
    moment = page["data"][0]["fire_at"]  # a moment of one's own does as well
    older = client.get(f"{one}/fires", query_string={"before": moment}, headers=alice.auth).json
    assert older == rest
    assert client.delete(one, headers=alice.auth).status_code == 200
    assert client.get(one, headers=alice.auth).status_code == 404


def test_pages(client: FlaskClient, alice: Owner) -> None:
    made = [
        client.post(PATH, json=wanted(name=f"p{n}"), headers=alice.auth).json["id"]
        for n in range(3)
    ]
    found: list[str] = []
    after = ""
    while True:
        page = client.get(f"{PATH}?limit=2{after}", headers=alice.auth).json
        found += [s["id"] for s in page["data"]]
        if not page["has_more"]:
            break
        after = f"&after={page['next_cursor']}"
    assert set(made) <= set(found)
    assert found == sorted(set(found))


def test_a_key_that_may_not_start_jobs(client: FlaskClient, alice: Owner) -> None:
    made = client.post(PATH, json=wanted(), headers=alice.auth).json
    given = {"name": "clerk", "scopes": ["schedules:read", "schedules:write"]}
    token = client.post("/v1/keys", json=given, headers=alice.auth).json["token"]
    clerk = {"Authorization": f"Bearer {token}"}
    assert client.get(PATH, headers=clerk).status_code == 200
    for method, path, body in (
        ("POST", PATH, wanted()),
        ("PATCH", f"{PATH}/{made['id']}", {"name": "x"}),
        ("POST", f"{PATH}/{made['id']}/trigger", None),
    ):
        refused = client.open(path, method=method, json=body, headers=clerk)
        assert_problem(refused, 403, "missing_scope")
        assert "jobs:write" in refused.json["detail"]


def test_a_trigger_sent_again(client: FlaskClient, alice: Owner) -> None:
    made = client.post(PATH, json=wanted(), headers=alice.auth).json
    where = f"{PATH}/{made['id']}/trigger"
    keyed = alice.auth | {"Idempotency-Key": "once"}
    first, again = (client.post(where, headers=keyed) for _ in range(2))
    assert first.json == again.json
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    wrong = client.post(where, headers=alice.auth | {"Idempotency-Key": "a b"})
    assert assert_problem(wrong, 422, "invalid_input")["errors"][0]["pointer"] == (
        "/headers/Idempotency-Key"
    )


def test_a_trigger_at_a_full_queue(client: FlaskClient, container: Container) -> None:
    carol = make_owner(container, "carol of the full queue")
    container.limit_administration.set(carol.tenant.name, {"max_queued": 1})
    made = client.post(PATH, json=wanted(), headers=carol.auth).json
    where = f"{PATH}/{made['id']}"
    keyed = carol.auth | {"Idempotency-Key": "full"}
    assert client.post("/v1/jobs", json=GOOD, headers=carol.auth).status_code == 202
    refused = client.post(f"{where}/trigger", headers=keyed)
    assert assert_problem(refused, 429, "queue_full")["policy"] == "max_queued"
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get(f"{where}/fires", headers=carol.auth).json["data"] == []
