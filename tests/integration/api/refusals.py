"""A request that is refused, and what its answer must be."""

import json
from dataclasses import dataclass, field
from typing import Any

import psycopg
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.integration.api.payloads import GOOD, with_schema

GOOD_TEXT = json.dumps(GOOD)
PNG = "image/png"
NOBODY = "job_" + "a" * 26
PAST = "2020-01-01T00:00:00Z"
END_OF_TIME = "9999-12-31T23:59:59-23:59"  # year 10000 in UTC, which Python cannot read


@dataclass(frozen=True)
class Row:
    name: str
    status: int
    code: str
    pointer: str | None = None
    body: Any = None  # an object is sent as JSON; text and bytes as they are
    method: str = "POST"
    path: str = "/v1/jobs"
    headers: dict[str, str] = field(default_factory=dict)
    says: str = ""  # part of the fault's detail


def invalid(name: str, pointer: str | None, body: Any, says: str = "") -> Row:
    return Row(name, 422, "invalid_input", pointer, body, says=says)


def schema(name: str, pointer: str, value: Any, says: str = "") -> Row:
    return invalid(f"schema {name}", f"/input/schema{pointer}", with_schema(value), says)


def malformed(name: str, body: Any) -> Row:
    return Row(name, 400, "malformed_body", None, body)


def header(name: str, value: str, label: str) -> Row:
    pointer = f"/headers/{name}"
    return Row(f"{name} {label}", 422, "invalid_input", pointer, GOOD_TEXT, headers={name: value})


def get(name: str, path: str, pointer: str | None, says: str = "") -> Row:
    return Row(name, 422, "invalid_input", pointer, None, "GET", path, says=says)


def text_with(value: str) -> str:
    """The good request with a raw metadata value."""
    return GOOD_TEXT[:-1] + f', "metadata": {{"a": {value}}}}}'


def deep_schema(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        value = {"not": value}
    return value


def count(superuser: psycopg.Connection[Any]) -> int:
    row = superuser.execute("SELECT count(*) FROM jobs").fetchone()
    assert row is not None
    superuser.rollback()
    return int(row[0])


def assert_problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text[:500]
    assert response.content_type == "application/problem+json"
    found: dict[str, Any] = json.loads(response.text)
    assert found["status"] == status
    assert found["code"] == code
    assert found["type"] == f"urn:penstock:problem:{code}"
    assert found["request_id"]
    assert found["request_id"] == response.headers["X-Request-Id"]
    return found


def only_fault(answer: TestResponse) -> tuple[str, str]:
    """The pointer and the detail of an invalid input's one fault."""
    (only,) = assert_problem(answer, 422, "invalid_input")["errors"]
    return only["pointer"], only["detail"]


def send(client: FlaskClient, row: Row, auth: dict[str, str]) -> TestResponse:
    data = json.dumps(row.body) if isinstance(row.body, dict | list) else row.body
    headers = {"Content-Type": "application/json"} if data is not None else {}
    return client.open(row.path, method=row.method, data=data, headers=headers | auth | row.headers)
