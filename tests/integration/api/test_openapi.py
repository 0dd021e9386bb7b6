"""The OpenAPI document: complete, open to read, and kept to whatever is sent."""

import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance

from app.container import Container
from tests.integration.api.conftest import make_owner

EXAMPLES = 25
METHODS = ("get", "post", "put", "patch", "delete")


def operations(app: Flask) -> set[tuple[str, str]]:
    return {
        (method.lower(), rule.rule.replace("<string:", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_the_document_has_every_operation(app: Flask, client: FlaskClient) -> None:
    response = client.get("/openapi.json")
    assert response.status_code == 200
    document = response.json
    assert document is not None
    assert document["openapi"].startswith("3.1")
    found = {(m, path) for path, item in document["paths"].items() for m in METHODS if m in item}
    assert found == operations(app) | {("get", p) for p in ("/health", "/ready", "/metrics")}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item and path.startswith("/v1"):
                assert item[method]["summary"], path
                problem = item[method]["responses"]["422"]["content"]
                assert list(problem) == ["application/problem+json"]


def test_the_page_has_every_operation_and_loads_nothing(app: Flask, client: FlaskClient) -> None:
    response = client.get("/docs")
    assert response.status_code == 200
    assert response.content_type.startswith("text/html")
    for _, path in operations(app):
        assert path in response.text
    for loader in ("<script src", "<link", "@import", "url("):
        assert loader not in response.text


def test_the_page_shows_words_in_backticks_as_code_and_answers_in_order(
    client: FlaskClient,
) -> None:
    page = client.get("/docs").text
    assert "<code>Prefer: wait=N</code>" in page
    assert "`" not in page
    spec = client.get("/openapi.json").json
    assert spec is not None
    for path in spec["paths"].values():
        for method in METHODS & path.keys():
            answers = list(path[method]["responses"])
            assert answers == sorted(answers)


def test_operators_need_no_key(client: FlaskClient) -> None:
    assert client.get("/health").json == {"status": "ok"}
    assert client.get("/metrics").status_code == 200


def test_nothing_sent_breaks_it(app: Flask, container: Container) -> None:
    owner = make_owner(container, "fuzzed")  # its settings change at random
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    tried = calls = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def sent(case: schemathesis.Case) -> None:
            case.headers.pop("Prefer", None)  # no worker is there to wait for
            nonlocal calls
            calls += 1
            case.call_and_validate(
                headers=owner.auth, checks=[not_a_server_error, status_code_conformance]
            )

        sent()
        tried += 1
    assert tried == len(operations(app)) + 3
    assert calls >= 10 * tried, calls
