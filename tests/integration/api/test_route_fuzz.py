"""Whatever a client makes of an input's fields, it is told which is wrong, and nothing breaks."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.integration.api.conftest import Owner
from tests.support.pictures import image

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
GIVEN = {"prompt": "Extract.", "document": "x", "schema": SCHEMA}
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 1.0, 2.5, 5.0, 1e300, 1 << 80, "", "fast", "x" * 300, "\u0000"),
    *("\ud800", "é/~0~1", "openai/", "/", "a b", [], ["fast"], ["fast", 1], [[]], {}, {"a": 1}),
    *({"ttl": 5.0}, {"ttl": 0}, {"ttl": 86_401}, {"bypass": 1}, {"semantic": None}, {"": 1}),
)
GOOD: dict[str, tuple[Any, ...]] = {
    "prompt": ("p",),
    "document": ("", "d", "word " * 3_000),
    "images": ([image()],),
    "model": ("fast", "openai/gpt-5", ["gemini", "smart"], "gpt-5-mini"),
    "mode": ("flash", "think", "ultra-think"),
    "effort": ("low", "high"),
    "routing": (
        {"strategy": "lowest_cost", "providers": ["openai", "nobody"]},
        {"region": "eu", "no_training": True, "structured": True, "task": "code"},
    ),
    "cache": ({"ttl": 60}, {"ttl": 60.0}, {"bypass": True}, {"refresh": True, "semantic": False}),
    "chunking": (
        {"strategy": "always", "max_tokens": 300.0, "overlap_tokens": 10.0},
        {"strategy": "auto"},
        {"strategy": "always", "max_tokens": 200, "on_error": "skip"},
    ),
    "redact": (True, False, ["email"]),
    "provenance": (True,),
    "max_cost": (0.01, 1e-9, 5),
    "max_tokens": (1, 1e6),
    "temperature": (0, 0.7, 2.0),
    "max_attempts": (2, 2.0),
    "max_output_tokens": (1, 500.0, 1_000_000),
    "colour": ("red",),
}


def made_up(rng: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in rng.sample(sorted(GOOD), rng.randint(1, 6)):
        found[name] = rng.choice(GOOD[name])
        if rng.random() < 0.3:
            found[name] = rng.choice(ODD)
        elif isinstance(found[name], dict) and rng.random() < 0.4:
            inner = rng.choice(sorted(found[name]))
            found[name] = {**found[name], inner: rng.choice(ODD)}
    return found


def job(given: dict[str, Any]) -> dict[str, Any]:
    return {"pipeline": "extract", "input": {**GIVEN, **given}}


@pytest.mark.parametrize(
    ("path", "body", "good"),
    [("/v1/route", lambda given: {"input": given}, 200), ("/v1/jobs", job, 202)],
)
def test_odd_inputs_are_refused_by_name(
    client: FlaskClient, alice: Owner, path: str, body: Callable[[Any], Any], good: int
) -> None:
    rng, statuses = random.Random(4), set()
    headers = {**alice.auth, "Content-Type": "application/json"}
    for _ in range(400):
        given = made_up(rng)
        answer = client.post(path, data=json.dumps(body(given)), headers=headers)
        statuses.add(answer.status_code)
        assert answer.status_code in (good, 422), (given, answer.text)
        if answer.status_code == 422:
            assert answer.json is not None
            faults = answer.json["errors"]
            assert faults, given
            assert all(f["pointer"].startswith("/input") for f in faults), (given, faults)
            assert all(f["detail"] for f in faults), (given, faults)
    assert statuses == {good, 422}


@pytest.mark.parametrize(
    "given",
    [
        {"cache": {"ttl": 60.0}},
        {"max_output_tokens": 100.0},
        {"max_attempts": 2.0, "max_tokens": 1e5},
        {"document": "w " * 3_000, "chunking": {"strategy": "always", "max_tokens": 300.0}},
    ],
)
def test_an_integer_may_have_a_point(
    client: FlaskClient, alice: Owner, given: dict[str, Any]
) -> None:
    """5.0 is an integer to JSON Schema; Redis, `range` and Postgres take only 5."""
    assert client.post("/v1/route", json={"input": given}, headers=alice.auth).status_code == 200
    answer = client.post("/v1/jobs", json=job(given), headers=alice.auth)
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("model", ["openai/gpt-5-mini", "fast"])
def test_an_answer_longer_than_any_is_refused_as_it_is_explained(
    client: FlaskClient, alice: Owner, model: str
) -> None:
    given = {"model": model, "max_output_tokens": 1_000_000}
    told = client.post("/v1/route", json={"input": given}, headers=alice.auth)
    assert told.json is not None
    assert not any(c["kept"] for c in told.json["decisions"][0]["candidates"])
    answer = client.post("/v1/jobs", json=job(given), headers=alice.auth)
    assert answer.status_code == 422, answer.text
    assert "it answers with at most" in answer.text
