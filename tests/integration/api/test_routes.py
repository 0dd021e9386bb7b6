"""/v1/route, and what jobs make of models, modes and groups."""

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.container import Container
from providers.routing.allowances import Allowances
from tests.integration.api.conftest import Owner
from tests.integration.api.refusals import assert_problem
from tests.support.pictures import image

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
GIVEN = {"prompt": "Extract.", "document": "x", "schema": SCHEMA}


def route(client: FlaskClient, owner: Owner, **given: Any) -> Any:
    answer = client.post("/v1/route", json={"input": given}, headers=owner.auth)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_mode_is_a_group_and_an_effort(client: FlaskClient, alice: Owner) -> None:
    found = route(client, alice, mode="flash", document="x" * 400)
    assert (found["effort"], found["estimated_input_tokens"]) == ("low", 101)
    (decision,) = found["decisions"]
    assert decision["strategy"] == "least_busy"
    names = {c["model"] for c in decision["candidates"] if c["kept"]}
    assert names == {"openai/gpt-5-mini", "anthropic/claude-haiku-4-5", "gemini/gemini-2.5-flash"}
    assert sorted(c["position"] for c in decision["candidates"]) == [1, 2, 3]
    assert all(c["estimated_cost_micros"] > 0 for c in decision["candidates"])


def test_why_others_are_dropped(client: FlaskClient, alice: Owner) -> None:
    routing = {"providers": ["gemini"], "strategy": "lowest_cost"}
    (decision,) = route(client, alice, model="smart", routing=routing)["decisions"]
    kept = [c["model"] for c in decision["candidates"] if c["kept"]]
    assert (decision["strategy"], kept) == ("lowest_cost", ["gemini/gemini-2.5-pro"])
    assert all("not allowed" in c["reasons"][0] for c in decision["candidates"] if not c["kept"])


def test_pictures_want_models_that_see(client: FlaskClient, alice: Owner) -> None:
    plain = route(client, alice, document="x")
    found = route(client, alice, model="fast", images=[image()] * 2, document="x")
    assert (plain["task"], found["task"]) == ("extraction", "vision")
    assert found["estimated_input_tokens"] - plain["estimated_input_tokens"] == 3200
    (decision,) = found["decisions"]
    assert all(c["kept"] for c in decision["candidates"])
    routing = {"task": "code", "strategy": "highest_quality"}
    told = route(client, alice, model="smart", routing=routing, images=[image()])
    assert told["task"] == "code", "as was asked for"
    first = told["decisions"][0]["candidates"][0]
    assert first["model"].startswith("anthropic/")
    assert first["task_quality"] > first["quality"]


def test_what_is_left_of_the_limits_is_told(
    client: FlaskClient, alice: Owner, container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(container.settings.providers["openai"], requests_per_minute=60)
    clock = iter(range(1, 100))
    allowances = Allowances({"openai": config}, clock=lambda: next(clock) / 1.0)
    monkeypatch.setattr(container.gate, "allowances", allowances)

    def candidates() -> dict[str, Any]:
        (decision,) = route(client, alice, model="fast")["decisions"]
        return {c["model"].partition("/")[0]: c for c in decision["candidates"]}

    found = candidates()
    assert found["openai"]["limits"] == {"requests": 2, "tokens": None, "seconds": 0}
    assert found["gemini"]["limits"] is None
    allowances.correct("openai", "gpt-5-mini", config.credentials[0], calls=30)
    found = candidates()
    assert not found["openai"]["kept"]
    assert found["openai"]["limits"]["requests"] == 0
    assert found["openai"]["reasons"][0].startswith("its limits leave no room for ")
    assert found["gemini"]["kept"]


def test_a_list_keeps_its_order(client: FlaskClient, alice: Owner) -> None:
    models = ["openai/gpt-5", "fast"]
    first, second = route(client, alice, model=models)["decisions"]
    assert (first["strategy"], second["strategy"]) == ("in_order", "least_busy")


@pytest.mark.parametrize(
    ("given", "pointer", "says"),
    [
        ({"mode": "slow"}, "/input/mode", "known are flash, think, ultra-think"),
        ({"model": "openai/gone"}, "/input/model", "unknown model"),
        ({"model": ["fast", "gone"]}, "/input/model/1", "unknown model"),
        ({"routing": {"strategy": "best"}}, "/input/routing/strategy", ""),
        ({"routing": {"colour": 1}}, "/input/routing", ""),
        ({"routing": []}, "/input/routing", ""),
        ({"max_cost": 0}, "/input/max_cost", ""),
        ({"max_cost": "1"}, "/input/max_cost", ""),
        ({"effort": "most"}, "/input/effort", ""),
        ({"redact": ["colour"]}, "/input/redact", ""),
        ({"redact": []}, "/input/redact", ""),
        ({"provenance": 1}, "/input/provenance", ""),
        ({"routing": {"task": "cooking"}}, "/input/routing/task", ""),
        ({"images": [image(b"<svg/>")]}, "/input/images/0/data", "does not begin as image/png"),
        ({"images": [image()], "redact": True}, "/input/images", "cannot be redacted"),
        (
            {"images": [image()], "document": "x", "chunking": {}},
            "/input/chunking",
            "together with images",
        ),
        ({"cache": {"ttl": 0}}, "/input/cache", ""),
        ({"cache": {"tll": 5}}, "/input/cache", ""),
    ],
)
def test_wrong_input(
    client: FlaskClient, alice: Owner, given: dict[str, Any], pointer: str, says: str
) -> None:
    for path, body in (
        ("/v1/route", {"input": given}),
        ("/v1/jobs", {"pipeline": "extract", "input": GIVEN | given}),
    ):
        answer = client.post(path, json=body, headers=alice.auth)
        found = assert_problem(answer, 422, "invalid_input")
        told = {f["pointer"]: f["detail"] for f in found["errors"]}
        assert any(at.startswith(pointer) and says in told[at] for at in told), found


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"max_cost": 0.000001}, "over the limit"),
        ({"routing": {"region": "eu"}}, "region is not known"),
        ({"routing": {"no_training": True}}, "may learn"),
        ({"routing": {"providers": ["nobody"]}}, "not allowed"),
    ],
)
def test_a_job_that_nobody_can_serve_is_refused(
    client: FlaskClient, alice: Owner, given: dict[str, Any], says: str
) -> None:
    body = {"pipeline": "extract", "input": GIVEN | {"model": "fast"} | given}
    found = assert_problem(
        client.post("/v1/jobs", json=body, headers=alice.auth), 422, "invalid_input"
    )
    assert found["errors"][0]["pointer"] == "/input/model"
    assert says in found["errors"][0]["detail"]


def test_chunks_are_counted_and_estimated_without_spending(
    client: FlaskClient, alice: Owner
) -> None:
    given = {"document": "word " * 8_000, "model": "openai/gpt-5-mini"}
    whole = route(client, alice, **given)
    assert (whole["chunks"], whole["estimated_input_tokens"]) == (1, 10_001)
    chunking = {"strategy": "always", "max_tokens": 2_000}
    split = route(client, alice, **given, chunking=chunking)
    assert split["chunks"] > 4
    assert split["estimated_input_tokens"] <= 2_000
    cost = [found["decisions"][0]["candidates"][0]["estimated_cost_micros"]
            for found in (whole, split)]  # fmt: skip
    assert 0 < cost[0] < cost[1]
    answer = client.post("/v1/route", json={"input": given | {"chunking": chunking | {
        "overlap_tokens": 1_999}}}, headers=alice.auth)  # fmt: skip
    found = assert_problem(answer, 422, "invalid_input")
    assert found["errors"][0]["pointer"] == "/input/chunking/overlap_tokens"
    body = {"pipeline": "extract", "input": GIVEN | given | {"chunking": chunking}}
    accepted = client.post("/v1/jobs", json=body, headers=alice.auth)
    assert accepted.status_code == 202, accepted.text
    assert accepted.json is not None
    assert accepted.json["progress"]["total"] == split["chunks"]


def test_a_batchs_estimate_counts_every_item(client: FlaskClient, alice: Owner) -> None:
    given = {k: v for k, v in GIVEN.items() if k != "document"} | {"model": "openai/gpt-5-mini"}
    body = {"pipeline": "extract", "input": given | {"max_cost": 0.01}}
    one = body | {"items": [{"document": "x"}]}
    assert client.post("/v1/jobs", json=one, headers=alice.auth).status_code == 202
    many = body | {"items": [{"document": "x"}] * 100}
    refused = client.post("/v1/jobs", json=many, headers=alice.auth)
    assert "over the limit" in assert_problem(refused, 422, "invalid_input")["errors"][0]["detail"]
