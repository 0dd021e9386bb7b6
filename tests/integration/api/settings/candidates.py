"""What routing says of an input, for one tenant."""

from typing import Any

from flask.testing import FlaskClient

from tests.integration.api.conftest import Owner

MINI = "openai/gpt-5-mini"


def route(client: FlaskClient, owner: Owner, **given: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/route", json={"input": given}, headers=owner.auth)
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    found: list[dict[str, Any]] = answer.json["decisions"][0]["candidates"]
    return found
