"""Schemas that no friend would send: an answer with a named field, in time, never a 500."""

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.container import Container
from tests.integration.api.conftest import Owner, make_owner
from tests.integration.api.payloads import with_schema

BIG = 10**400
KEYWORDS = (
    *("type", "properties", "required", "items", "enum", "const", "anyOf", "allOf", "$ref", "not"),
    *("pattern", "minimum", "maximum", "minItems", "format", "$defs", "additionalProperties", "if"),
    *("prefixItems", "contains", "minContains", "dependentRequired", "dependentSchemas", "then"),
    *("multipleOf", "exclusiveMinimum", "uniqueItems", "patternProperties", "propertyNames"),
    *("unevaluatedProperties", "$id", "$schema", "title", "default", "minLength", "oneOf"),
)
PLAIN = (None, True, 0, -1, 1.5, 1e308, 5e-324, BIG, "", "string", "object", "#", "#/", "#/$defs/a")
NASTY: list[tuple[str, dict[str, Any]]] = [
    ("400 digits", {"type": "integer", "minimum": BIG, "multipleOf": BIG}),
    ("enums of 400 digits", {"enum": [BIG, -BIG, 1.5, None]}),
    ("a long name", {"type": "object", "properties": {"n" * 90_000: {"enum": [*range(20_000)]}}}),
    ("two long enums", {"allOf": [{"enum": [*range(15_000)]}, {"enum": [*range(9_000, 20_000)]}]}),
    ("many unknown keywords", {f"propertie{i:05}": 1 for i in range(9_000)}),
    ("many large patterns", {"allOf": [{"pattern": rf"\p{{L}}{{300}}{i}"} for i in range(99)]}),
    ("references that are none", {"allOf": [{"$ref": r} for r in ("#/~", "#/%", "", "#a", "//x")]}),
    ("an $id that is none", {"$id": "http://[", "type": "object", "properties": {}}),
    ("half of a pair", {"type": "object", "properties": {"\udfff": {}}}),
    ("no pair at all", {"type": "object", "properties": {"\0": {}}}),
]


@pytest.fixture(scope="module")
def sender(container: Container) -> Owner:
    """Whose jobs are in nobody's way."""
    return make_owner(container, "sender")


def junk(chance: random.Random, depth: int) -> Any:
    kind = chance.random()
    if depth <= 0 or kind < 0.35:
        return chance.choice([*PLAIN, [], {}, ["a"], ["string", "null"]])
    if kind < 0.5:
        return [junk(chance, depth - 1) for _ in range(chance.randint(0, 3))]
    return {chance.choice(KEYWORDS): junk(chance, depth - 1) for _ in range(chance.randint(0, 4))}


def all_junk() -> Iterator[dict[str, Any]]:
    chance = random.Random(2026)
    for _ in range(60):
        yield {chance.choice(KEYWORDS): junk(chance, 3) for _ in range(chance.randint(1, 3))}


def assert_answered(client: FlaskClient, owner: Owner, schema: dict[str, Any]) -> None:
    started = time.perf_counter()
    linted = client.post("/v1/schemas/lint", json={"schema": schema}, headers=owner.auth)
    given = client.post("/v1/jobs", json=with_schema(schema), headers=owner.auth)
    assert time.perf_counter() - started < 20
    assert linted.status_code in (200, 422), linted.json
    assert given.status_code == (202 if linted.status_code == 200 and linted.json["valid"] else 422)
    for answer, at in ((linted, "/schema"), (given, "/input/schema")):
        if answer.status_code == 422:
            assert answer.json["errors"]
            assert all(fault["pointer"].startswith(at) for fault in answer.json["errors"])


@pytest.mark.parametrize("schema", [n[1] for n in NASTY], ids=[n[0] for n in NASTY])
def test_a_nasty_schema_is_answered(
    schema: dict[str, Any], client: FlaskClient, sender: Owner
) -> None:
    assert_answered(client, sender, schema)


def test_junk_is_answered(client: FlaskClient, sender: Owner) -> None:
    for schema in all_junk():
        assert_answered(client, sender, schema)


def test_what_lint_accepts_by_its_depth_a_job_may_have(client: FlaskClient, sender: Owner) -> None:
    for levels, status in ((32, 200), (33, 422)):
        schema: dict[str, Any] = {"type": "string"}
        for _ in range(levels):
            schema = {"type": "object", "properties": {"a": schema}}
        linted = client.post("/v1/schemas/lint", json={"schema": schema}, headers=sender.auth)
        assert linted.json is not None
        assert linted.json["valid"] is (status == 200)
        sent = client.post("/v1/jobs", json=with_schema(schema), headers=sender.auth)
        assert sent.status_code == {200: 202, 422: 422}[status], sent.json
