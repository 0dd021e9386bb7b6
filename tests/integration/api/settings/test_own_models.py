"""A tenant's own groups, capabilities and prices of models."""

from typing import Any

from flask.testing import FlaskClient

from tests.integration.api.conftest import Owner
from tests.integration.api.payloads import with_input
from tests.integration.api.refusals import only_fault
from tests.integration.api.settings.candidates import MINI, route


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
    assert only_fault(refused)[0] == "/input/model"
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
    assert "the largest context is 50" in only_fault(submit(given))[1]
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
    assert "over the limit" in only_fault(submit(body))[1]
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
