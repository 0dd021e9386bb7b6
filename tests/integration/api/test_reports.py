"""/v1/schemas/lint and /v1/usage over HTTP."""

import pytest
from flask.testing import FlaskClient

from tests.integration.api.conftest import Owner
from tests.integration.api.refusals import assert_problem

SCHEMA = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}}
LINT = "/v1/schemas/lint"


def test_a_good_schema_has_a_plan_for_every_model(client: FlaskClient, alice: Owner) -> None:
    report = client.post(LINT, json={"schema": SCHEMA}, headers=alice.auth).json
    assert (report["valid"], report["errors"]) == (True, [])
    plans = {plan["model"]: plan for plan in report["plans"]}
    assert {name.split("/")[0] for name in plans} == {"openai", "anthropic", "gemini"}
    assert plans["openai/gpt-5-mini"]["mode"] == "native"
    assert plans["openai/gpt-5-mini"]["dialect"] == "openai"
    assert plans["openai/gpt-5-mini"]["modes"] == ["native", "strict_tool", "tool", "prompt"]
    assert report["warnings"] == []
    pointers = {r["pointer"] for r in plans["openai/gpt-5-mini"]["relaxed"]}
    assert "/properties/a/maxLength" in pointers


def test_a_bad_schema_has_faults_and_no_plan(client: FlaskClient, alice: Owner) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "nonsense"}}}
    report = client.post(LINT, json={"schema": schema}, headers=alice.auth).json
    assert (report["valid"], report["plans"]) == (False, [])
    assert report["errors"][0]["pointer"] == "/properties/a/type"


def test_what_is_said_in_vain_is_a_warning(client: FlaskClient, alice: Owner) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "requierd": ["a"]}
    report = client.post(LINT, json={"schema": schema}, headers=alice.auth).json
    assert report["valid"] is True
    (warning,) = report["warnings"]
    assert (warning["pointer"], warning["code"]) == ("/requierd", "unknown_keyword")
    assert "'required'" in warning["detail"]


def test_only_the_models_that_were_named(client: FlaskClient, alice: Owner) -> None:
    body = {"schema": {"type": "array"}, "models": ["openai/gpt-5"]}
    report = client.post(LINT, json=body, headers=alice.auth).json
    (plan,) = report["plans"]
    assert (plan["model"], plan["mode"]) == ("openai/gpt-5", "tool")
    assert plan["reason"] == "an array of anything"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/schema"),
        ({"schema": []}, "/schema"),
        ({"schema": {}, "models": []}, "/models"),
        ({"schema": {}, "models": ["openai/gone"]}, "/models/0"),
        ({"schema": {}, "colour": 1}, "/colour"),
    ],
)
def test_wrong_requests(
    client: FlaskClient, alice: Owner, body: dict[str, object], pointer: str
) -> None:
    found = assert_problem(client.post(LINT, json=body, headers=alice.auth), 422, "invalid_input")
    assert pointer in {fault["pointer"] for fault in found["errors"]}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("group_by=colour", "/query/group_by"),
        ("group_by=", "/query/group_by"),
        ("format=xml", "/query/format"),
        ("from=yesterday", "/query/from"),
        ("from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z", "/query/from"),
        ("from=2020-01-01T00:00:00Z", "/query/from"),
        ("colour=1", "/query/colour"),
    ],
)
def test_wrong_reports(client: FlaskClient, alice: Owner, query: str, pointer: str) -> None:
    answer = client.get(f"/v1/usage?{query}", headers=alice.auth)
    found = assert_problem(answer, 422, "invalid_input")
    assert pointer in {fault["pointer"] for fault in found["errors"]}


def test_the_report_needs_its_scope(client: FlaskClient, alice: Owner) -> None:
    given = {"name": "reader", "scopes": ["jobs:read"]}
    token = client.post("/v1/keys", json=given, headers=alice.auth).json["token"]
    refused = client.get("/v1/usage", headers={"Authorization": f"Bearer {token}"})
    assert_problem(refused, 403, "missing_scope")
