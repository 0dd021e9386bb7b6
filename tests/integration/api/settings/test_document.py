"""/v1/settings: read, replaced whole, and noticed by all processes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.cli.main import main
from app.container import Container
from app.factory import create_app
from app.services import tenant_settings
from tests.integration.api.conftest import Owner
from tests.integration.api.refusals import assert_problem
from tests.integration.api.settings.candidates import MINI

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
