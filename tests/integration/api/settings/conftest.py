"""A tenant of a test's own, its settings, and its jobs."""

import itertools
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.container import Container
from tests.integration.api.conftest import Owner, make_owner

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


@pytest.fixture
def strict(keep: Any) -> None:
    keep(policy="strict", cooldown_seconds=600)
