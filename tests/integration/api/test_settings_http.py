"""/v1/settings, and what submissions make of a tenant's own settings."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.cli.main import main
from app.container import Container
from app.factory import create_app
from app.services import tenant_settings
from tests.integration.api.conftest import Owner, make_owner
from tests.integration.api.payloads import batch, with_input
from tests.integration.api.refusals import assert_problem

MINI = "openai/gpt-5-mini"
DEFAULTS = {
    "groups": {},
    "capabilities": {},
    "prices": {},
    "privacy": {"redact": False, "required": False},
    "policy": "default",
    "cooldown_seconds": None,
    "routing": {},
    "version": 0,
    "updated_at": None,
}
COUNT = itertools.count()
Connection = psycopg.Connection[Any]


@pytest.fixture
def carol(container: Container) -> Owner:
    """A tenant that nobody else uses."""
    return make_owner(container, f"carol-{next(COUNT)}")


@pytest.fixture
def keep(client: FlaskClient, carol: Owner) -> Callable[..., Any]:
    def put(**settings: Any) -> Any:
        answer = client.put("/v1/settings", json=settings, headers=carol.auth)
        assert answer.status_code == 200, answer.text
        return answer.json

    return put


@pytest.fixture
def submit(client: FlaskClient, carol: Owner) -> Callable[..., TestResponse]:
    def post(body: dict[str, Any], **headers: str) -> TestResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post("/v1/jobs", json=body, headers=carol.auth | given)

    return post


@pytest.fixture
def stored(superuser: Connection) -> Callable[[TestResponse], dict[str, Any]]:
    """The input that a submitted job keeps."""

    def read(answer: TestResponse) -> dict[str, Any]:
        assert answer.status_code == 202, answer.text
        assert answer.json is not None
        query = "SELECT input FROM jobs WHERE id = %s"
        row = superuser.execute(query, (answer.json["id"],)).fetchone()
        assert row is not None
        found: dict[str, Any] = row[0]
        return found

    return read


def route(client: FlaskClient, owner: Owner, **given: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/route", json={"input": given}, headers=owner.auth)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    found: list[dict[str, Any]] = answer.json["decisions"][0]["candidates"]
    return found


def fault(answer: TestResponse) -> tuple[str, str]:
    (only,) = assert_problem(answer, 422, "invalid_input")["errors"]
    return only["pointer"], only["detail"]


def test_what_was_never_set_has_defaults(client: FlaskClient, carol: Owner) -> None:
    answer = client.get("/v1/settings", headers=carol.auth)
    assert (answer.json, answer.headers["ETag"]) == (DEFAULTS, '"0"')


def test_a_change_replaces_the_whole(client: FlaskClient, carol: Owner, keep: Any) -> None:
    groups = {"cheap": {"models": [MINI]}}
    first = keep(groups=groups, policy="strict")
    assert first["groups"]["cheap"] == {"models": [MINI], "strategy": "least_busy"}
    assert (first["version"], first["policy"]) == (1, "strict")
    second = keep(privacy={"redact": ["iban", "email", "iban"]})
    assert second["privacy"] == {"redact": ["email", "iban"], "required": False}
    assert (second["version"], second["groups"], second["policy"]) == (2, {}, "default")
    answer = client.get("/v1/settings", headers=carol.auth)
    assert (answer.json, answer.headers["ETag"]) == (second, '"2"')


def test_of_two_who_read_the_same_one_writes(client: FlaskClient, carol: Owner) -> None:
    def put(etag: str, policy: str) -> TestResponse:
        headers = carol.auth | {"If-Match": etag}
        return client.put("/v1/settings", json={"policy": policy}, headers=headers)

    assert put('"0"', "strict").status_code == 200
    assert_problem(put('"0"', "default"), 412, "precondition_failed")
    assert put('"7", "1"', "default").headers["ETag"] == '"2"'
    assert_problem(put('"1"', "strict"), 412, "precondition_failed")
    assert put("*", "strict").status_code == 200
    answer = client.get("/v1/settings", headers=carol.auth).json
    assert answer is not None
    assert (answer["policy"], answer["version"]) == ("strict", 3)


def test_what_was_never_set_is_not_written_over_unknown_versions(
    client: FlaskClient, carol: Owner
) -> None:
    headers = carol.auth | {"If-Match": '"1"'}
    answer = client.put("/v1/settings", json={}, headers=headers)
    assert_problem(answer, 412, "precondition_failed")


def test_another_process_notices(
    container: Container, carol: Owner, keep: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Container(container.settings)
    client = create_app(container=other).test_client()
    given = {"input": {"model": "mine"}}
    assert client.post("/v1/route", json=given, headers=carol.auth).status_code == 422
    keep(groups={"mine": {"models": [MINI]}})
    monkeypatch.setattr(tenant_settings, "REMEMBERED", 0.0)
    assert client.post("/v1/route", json=given, headers=carol.auth).status_code == 200
    other.close()


def test_a_group_of_ones_own(
    client: FlaskClient, carol: Owner, bob: Owner, keep: Any, submit: Any, stored: Any
) -> None:
    keep(
        groups={
            "fast": {"models": ["gemini/gemini-2.5-pro"]},
            "best": {"models": ["openai", "gemini"], "strategy": "highest_quality"},
        }
    )
    assert [c["model"] for c in route(client, carol, mode="flash")] == ["gemini/gemini-2.5-pro"]
    assert len(route(client, bob, mode="flash")) == 3
    models = stored(submit(with_input(model="best")))["model"]
    assert models == [MINI, "gemini/gemini-2.5-flash"]
    body = with_input(model="best")
    refused = client.post("/v1/jobs", json=body, headers=bob.auth)
    assert fault(refused)[0] == "/input/model"
    lint = {"schema": {}, "models": ["best"]}
    linted = client.post("/v1/schemas/lint", json=lint, headers=carol.auth)
    assert linted.json is not None
    assert [plan["model"] for plan in linted.json["plans"]] == models
    assert client.post("/v1/schemas/lint", json=lint, headers=bob.auth).status_code == 422


def test_what_a_model_can_do(
    client: FlaskClient, carol: Owner, keep: Any, submit: Any, stored: Any
) -> None:
    names: Any = {"model": ["fast"], "routing": {"strategy": "highest_quality"}}
    assert route(client, carol, **names)[0]["model"] != "gemini/gemini-2.5-flash"
    changes = {"gemini/gemini-2.5-flash": {"quality": 100}, MINI: {"context": 50, "tier": "smart"}}
    keep(capabilities=changes)
    found = route(client, carol, **names)
    assert (found[0]["model"], found[0]["quality"]) == ("gemini/gemini-2.5-flash", 100)
    assert MINI not in [c["model"] for c in found]
    given = with_input(model=MINI, document="x" * 400, max_output_tokens=1)
    assert "the largest context is 50" in fault(submit(given))[1]
    kept = stored(submit(with_input(model="gemini")))
    assert kept["own"] == {"gemini/gemini-2.5-flash": {"capabilities": {"quality": 100}}}
    assert "own" not in stored(submit(with_input(model="anthropic")))
    tasks = {"tasks": {"reasoning": 99}}
    keep(capabilities={"gemini/gemini-2.5-flash": tasks})
    first = route(client, carol, **names)[0]
    assert first["task_quality"] < 99
    names["routing"]["task"] = "reasoning"
    first = route(client, carol, **names)[0]
    told = (first["model"], first["quality"], first["task_quality"])
    assert told == ("gemini/gemini-2.5-flash", 68, 99)
    own = stored(submit(with_input(**names)))
    assert own["model"][0] == "gemini/gemini-2.5-flash"
    assert own["own"] == {"gemini/gemini-2.5-flash": {"capabilities": tasks}}


def test_prices_of_ones_own_make_the_estimate(
    client: FlaskClient, carol: Owner, bob: Owner, keep: Any, submit: Any, stored: Any
) -> None:
    given = {"model": MINI, "document": "x" * 3_996, "max_output_tokens": 500}
    (before,) = route(client, carol, **given)
    assert before["price_source"].startswith("genai-prices")
    prices = {MINI: {"input": 10_000_000, "output": 40_000_000}}
    keep(prices=prices)
    (after,) = route(client, carol, **given)
    assert after["estimated_cost_micros"] == 1_000 * 10 + 500 * 40
    assert after["price_source"] == "tenant"
    assert route(client, bob, **given) == [before]
    body = with_input(**given, max_cost=0.02)
    assert "over the limit" in fault(submit(body))[1]
    assert stored(submit(with_input(**given, max_cost=1)))["own"] == {
        MINI: {"prices": prices[MINI]}
    }


def test_providers_are_listed_as_the_tenant_has_them(
    client: FlaskClient, carol: Owner, keep: Any
) -> None:
    keep(
        prices={MINI: {"input": 1_000_000, "output": 3_000_000}},
        capabilities={MINI: {"vision": False, "price_provider": "google"}},
    )
    found = client.get("/v1/providers", headers=carol.auth).json
    assert found is not None
    models = {m["name"]: m for provider in found["data"] for m in provider["models"]}
    assert models[MINI]["price"] == {"input_micros": 1_000_000, "output_micros": 3_000_000}
    assert models[MINI]["capabilities"]["vision"] is False
    assert models[MINI]["capabilities"]["price_provider"] == "google"
    assert models["openai/gpt-5"]["capabilities"]["vision"] is True


def test_redaction_by_default(keep: Any, submit: Any, stored: Any) -> None:
    keep(privacy={"redact": ["email"]})
    assert stored(submit(with_input()))["redact"] == ["email"]
    assert stored(submit(with_input(redact=["iban"])))["redact"] == ["iban"]
    assert stored(submit(with_input(redact=False)))["redact"] is False


def test_redaction_that_is_required(
    client: FlaskClient, carol: Owner, keep: Any, submit: Any, stored: Any
) -> None:
    keep(privacy={"redact": ["email", "iban"], "required": True})
    assert stored(submit(with_input()))["redact"] == ["email", "iban"]
    for wide in (True, ["iban", "phone", "email"]):
        assert stored(submit(with_input(redact=wide)))["redact"] == wide
    for narrow, lacks in ((False, "email, iban"), (["iban", "phone"], "email")):
        answer = submit(with_input(redact=narrow))
        assert fault(answer) == ("/input/redact", f"the tenant's settings require {lacks} too")
    given = {"input": {"redact": False}}
    assert client.post("/v1/route", json=given, headers=carol.auth).status_code == 422
    keep(privacy={"redact": True, "required": True})
    assert fault(submit(with_input(redact=["iban"])))[0] == "/input/redact"


def test_routing_may_be_narrowed_and_not_widened(
    client: FlaskClient, carol: Owner, keep: Any, submit: Any, stored: Any
) -> None:
    keep(routing={"providers": ["openai", "gemini"]})
    dropped = {c["model"] for c in route(client, carol, model="fast") if not c["kept"]}
    assert dropped == {"anthropic/claude-haiku-4-5"}
    kept = stored(submit(with_input(model="fast")))
    assert kept["routing"] == {"providers": ["openai", "gemini"]}
    assert set(kept["model"]) == {MINI, "gemini/gemini-2.5-flash"}
    narrow = {"providers": ["gemini"], "strategy": "lowest_cost"}
    assert stored(submit(with_input(model="fast", routing=narrow)))["routing"] == narrow
    wide = {"providers": ["gemini", "anthropic"]}
    answer = fault(submit(with_input(routing=wide)))
    assert answer == (
        "/input/routing/providers/1",
        "the tenant's settings allow openai, gemini only",
    )
    assert "not allowed" in fault(submit(with_input(model="anthropic")))[1]
    keep(routing={"region": "eu", "no_training": True})
    answer = submit(with_input(routing={"region": "us", "no_training": False}))
    pointers = [f["pointer"] for f in assert_problem(answer, 422, "invalid_input")["errors"]]
    assert pointers[:2] == ["/input/routing/region", "/input/routing/no_training"]
    assert "its region is not known, not eu" in fault(submit(with_input()))[1]


def test_a_schedules_job_obeys_too(client: FlaskClient, carol: Owner, keep: Any) -> None:
    keep(privacy={"redact": ["email"], "required": True})
    job = with_input(redact=False)
    body = {"name": "n", "cron": "0 2 * * *", "job": job}
    answer = client.post("/v1/schedules", json=body, headers=carol.auth)
    assert fault(answer)[0] == "/job/input/redact"


def test_a_schedules_fires_are_never_held_back(
    client: FlaskClient, carol: Owner, keep: Any, submit: Any
) -> None:
    keep(cooldown_seconds=600)
    body = {"name": "n", "cron": "0 2 * * *", "job": with_input()}
    made = client.post("/v1/schedules", json=body, headers=carol.auth).json
    assert made is not None
    path = f"/v1/schedules/{made['id']}/trigger"
    ids = {client.post(path, headers=carol.auth).json["job_id"] for _ in range(2)}
    ids |= {submit(with_input()).json["id"]}
    assert len(ids) == 3


# The cooldown
@pytest.fixture
def strict(keep: Any) -> None:
    keep(policy="strict", cooldown_seconds=600)


def test_without_a_cooldown_each_is_a_job_of_its_own(submit: Any) -> None:
    first, second = submit(with_input()), submit(with_input())
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json["id"] != second.json["id"]


@pytest.mark.usefixtures("strict")
def test_the_same_again_is_the_first_job(submit: Any) -> None:
    first = submit(with_input() | {"metadata": {"n": 1}})
    given = with_input() | {"metadata": {"n": 2}, "priority": "low"}
    turned = {name: given[name] for name in reversed(given)}
    second = submit(turned, Idempotency_Key="a")
    assert (second.status_code, second.headers["Penstock-Deduplicated"]) == (200, "true")
    assert second.json == first.json
    assert second.headers["Location"] == f"/v1/jobs/{first.json['id']}"
    again = submit(turned, Idempotency_Key="a")
    assert (again.status_code, again.json) == (200, first.json)
    assert again.headers["Penstock-Deduplicated"] == "true"
    assert again.headers["Idempotent-Replayed"] == "true"
    assert_problem(submit(given, Idempotency_Key="a"), 422, "idempotency_mismatch")


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    "other",
    [
        with_input(prompt="Extract the name."),
        with_input(model="openai/gpt-5"),
        with_input(redact=True),
        with_input() | {"webhook_url": "https://127.0.0.1/hook"},
        batch([{"document": "a"}]),
    ],
    ids=["prompt", "model", "redact", "webhook", "batch"],
)
def test_another_question_is_another_job(
    client: FlaskClient, carol: Owner, submit: Any, other: dict[str, Any]
) -> None:
    client.post("/v1/webhook-secret/rotate", headers=carol.auth)
    ids = {submit(body).json["id"] for body in (with_input(), other, with_input(), other)}
    assert len(ids) == 2


@pytest.mark.usefixtures("strict")
def test_batches_are_the_same_by_their_items_and_join(submit: Any) -> None:
    items = [{"document": "a"}, {"document": "b"}]
    bodies = [batch(items), batch(items, join="all"), batch(items[::-1]), batch(items)]
    ids = [submit(body).json["id"] for body in bodies]
    assert len(set(ids)) == 3
    assert ids[0] == ids[3]


def test_one_tenants_cooldown_is_not_anothers(
    client: FlaskClient, alice: Owner, strict: None, submit: Any
) -> None:
    mine = submit(with_input()).json["id"]
    theirs = client.post("/v1/jobs", json=with_input(), headers=alice.auth)
    assert theirs.status_code == 202
    assert mine != theirs.json["id"]


@pytest.mark.usefixtures("strict")
def test_a_canceled_job_does_not_count(client: FlaskClient, carol: Owner, submit: Any) -> None:
    first = submit(with_input()).json["id"]
    client.post(f"/v1/jobs/{first}/cancel", headers=carol.auth)
    second = submit(with_input())
    assert second.status_code == 202
    assert submit(with_input()).json["id"] == second.json["id"] != first


@pytest.mark.usefixtures("strict")
def test_nothing_is_left_of_the_question_when_its_job_is_erased(
    client: FlaskClient, carol: Owner, submit: Any, superuser: Connection
) -> None:
    first = submit(with_input()).json["id"]
    query = "SELECT fingerprint FROM jobs WHERE id = %s"
    assert superuser.execute(query, (first,)).fetchone() != (None,)
    superuser.rollback()
    client.post(f"/v1/jobs/{first}/cancel", headers=carol.auth)
    assert client.delete(f"/v1/jobs/{first}", headers=carol.auth).status_code == 204
    assert superuser.execute(query, (first,)).fetchone() == (None,)


def test_after_the_time_it_is_a_new_job(keep: Any, submit: Any) -> None:
    keep(cooldown_seconds=0.3)
    first = submit(with_input()).json["id"]
    time.sleep(0.4)
    assert submit(with_input()).json["id"] != first


def test_the_policys_own_cooldown(container: Container, carol: Owner, keep: Any) -> None:
    for given, seconds in (
        ({}, 0.0),
        ({"policy": "strict"}, 5.0),
        ({"policy": "strict", "cooldown_seconds": 0}, 0.0),
        ({"cooldown_seconds": 7}, 7.0),
    ):
        keep(**given)
        policy = container.tenant_settings.policy(carol.tenant.id)
        assert policy.cooldown_seconds == seconds


@pytest.fixture
def processes(container: Container) -> Iterator[list[FlaskClient]]:
    """Two applications that share nothing but the database."""
    other = Container(container.settings)
    yield [create_app(container=made).test_client() for made in (container, other)]
    other.close()


@pytest.mark.parametrize("keyed", [False, True], ids=["bare", "with keys"])
@pytest.mark.usefixtures("strict")
def test_many_at_once_make_one_job(
    processes: list[FlaskClient], carol: Owner, superuser: Connection, keyed: bool
) -> None:
    start = threading.Barrier(12)

    def post(n: int, prompt: str) -> TestResponse:
        client = processes[n % 2].application.test_client()
        key = {"Idempotency-Key": f"{prompt}{n}"} if keyed else {}
        start.wait()
        body = with_input(prompt=prompt)
        return client.post("/v1/jobs", json=body, headers=carol.auth | key)

    with ThreadPoolExecutor(12) as pool:
        for prompt in ("a", "b", "c", "d", "e"):
            answers = list(pool.map(post, range(12), [prompt] * 12))
            assert sorted(a.status_code for a in answers) == [200] * 11 + [202]
            assert len({a.json["id"] for a in answers if a.json}) == 1
    query = "SELECT count(*) FROM jobs WHERE tenant_id = %s"
    assert superuser.execute(query, (carol.tenant.id,)).fetchone() == (5,)


@pytest.mark.usefixtures("strict")
def test_who_waits_for_a_frozen_one_is_told_to_come_again(
    submit: Any, carol: Owner, superuser: Connection
) -> None:
    """The other has asked the same, and its transaction does not end."""
    submit(with_input())
    query = "SELECT fingerprint FROM jobs WHERE tenant_id = %s"
    row = superuser.execute(query, (carol.tenant.id,)).fetchone()
    assert row is not None
    superuser.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s::text || encode(%s, 'hex'), 1))",
        (carol.tenant.id, row[0]),
    )
    answer = submit(with_input())
    assert_problem(answer, 503, "unavailable")
    superuser.rollback()
    assert submit(with_input()).status_code == 200


def test_an_answer_takes_no_place_in_the_queue(
    container: Container, carol: Owner, keep: Any, submit: Any
) -> None:
    container.limit_administration.set(carol.tenant.name, {"max_queued": 2})
    keep(cooldown_seconds=600)
    assert submit(with_input()).status_code == 202
    assert [submit(with_input()).status_code for _ in range(4)] == [200] * 4
    assert submit(with_input(prompt="Another.")).status_code == 202
    assert_problem(submit(with_input(prompt="One more.")), 429, "queue_full")
    assert submit(with_input(), Idempotency_Key="full").status_code == 200


def test_an_operator_sees_and_sets_them_by_the_tenants_name(
    container: Container,
    carol: Owner,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PENSTOCK_DATABASE_URL", container.settings.database.url or "")
    monkeypatch.setenv("PENSTOCK_SIMULATOR_URL", container.settings.simulator.url or "")

    def run(*args: str) -> Result:
        return CliRunner().invoke(main, ["tenants", "settings", carol.tenant.name, *args])

    assert json.loads(run().stdout) == DEFAULTS
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"prices": {MINI: {"input": 1, "output": 2}}}))
    assert run("--set", str(file)).stdout == "version 1\n"
    answer = client.get("/v1/settings", headers=carol.auth).json
    assert answer is not None
    assert answer["prices"] == {MINI: {"input": 1, "output": 2}}
    shown = run("--json").stdout
    assert json.loads(shown)["version"] == 1
    file.write_text(shown)
    assert run("--set", str(file)).stdout == "version 2\n"
    stale = run("--set", str(file))
    assert (stale.exit_code, "changed meanwhile" in stale.stderr) == (2, True)
    file.write_text('{"groups": {"g": {"models": ["nobody/x"]}}}')
    wrong = run("--set", str(file))
    assert (wrong.exit_code, "/groups/g/models/0" in wrong.stderr) == (2, True)
    nobody = CliRunner().invoke(main, ["tenants", "settings", "nobody"])
    assert (nobody.exit_code, "no tenant is named" in nobody.stderr) == (2, True)


def test_without_a_cooldown_a_submission_is_still_one_statement(
    container: Container, submit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the process knows of the tenant is read before; the settings cost no round trip."""
    assert submit(with_input()).status_code == 202
    seen: list[str] = []
    execute = psycopg.Connection.execute

    def counted(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        if "pg_notify" not in str(query):
            seen.append(str(query))
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Connection, "execute", counted)
    assert submit(with_input()).status_code == 202
    assert len(seen) == 1, seen
