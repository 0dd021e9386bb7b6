"""A tenant's own settings in workers: what a job was accepted with holds to its end."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.factory import create_app
from tests.support.deployment import SCHEMA, Deployment
from tests.support.servers import Servers

MINI = "openai/gpt-5-mini"
DOCUMENT = "Number: DE89370400440532013000\nTotal: 7\nMail: ann@example.org"
COUNT = itertools.count()


@pytest.fixture(scope="module")
def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with Deployment(servers, tmp_path_factory.mktemp("settings")) as made:
        made.start("relay", "worker-core", "worker-openai")
        yield made


class Tenant:
    """One of its own, over HTTP."""

    def __init__(self, running: Deployment) -> None:
        self.running = running
        tenant = running.services.tenants.create(f"own-{next(COUNT)}")
        _, token = running.services.keys.create(tenant.id, "k", ["admin"])
        self.client: FlaskClient = create_app(container=running.services).test_client()
        self.auth = {"Authorization": f"Bearer {token}"}

    def keep(self, **settings: Any) -> None:
        answer = self.client.put("/v1/settings", json=settings, headers=self.auth)
        assert answer.status_code == 200, answer.text

    def submit(self, **given: Any) -> str:
        asked = {"prompt": "Extract.", "schema": SCHEMA, "model": MINI, "document": DOCUMENT}
        body = {"pipeline": "extract", "input": asked | given}
        answer = self.client.post("/v1/jobs", json=body, headers=self.auth)
        assert answer.json is not None
        assert answer.status_code in (200, 202), answer.text
        found: str = answer.json["id"]
        return found

    def read(self, job_id: str) -> Any:
        return self.client.get(f"/v1/jobs/{job_id}", headers=self.auth).json

    def ended(self, job_id: str) -> Any:
        self.running.until(lambda: self.read(job_id)["ended_at"] is not None)
        found = self.read(job_id)
        assert found["status"] == "succeeded", found
        return found


@pytest.fixture
def tenant(running: Deployment) -> Iterator[Tenant]:
    yield Tenant(running)
    running.servers.simulate("DELETE", "/control/faults")


def calls_of(job: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = job["stages"][0]["calls"]
    return found


def test_a_call_costs_what_the_tenant_says(tenant: Tenant) -> None:
    tenant.keep(prices={MINI: {"input": 1_000_000, "output": 5_000_000}})
    job = tenant.ended(tenant.submit())
    (call,) = calls_of(job)
    assert call["price_source"] == "tenant"
    output = call["output_tokens"] + call["reasoning_tokens"]
    assert call["cost_micros"] == call["input_tokens"] + output * 5 > 0
    report = tenant.client.get("/v1/usage?group_by=model", headers=tenant.auth).json
    assert report is not None
    assert report["data"][0]["cost_micros"] == call["cost_micros"] == job["usage"]["cost_micros"]
    tenant.keep()
    (call,) = calls_of(tenant.ended(tenant.submit()))
    assert call["price_source"].startswith("genai-prices")


def test_a_job_keeps_what_was_set_when_it_was_accepted(running: Deployment, tenant: Tenant) -> None:
    running.freeze("relay")
    try:
        tenant.keep(
            prices={MINI: {"input": 3_000_000, "output": 0}},
            privacy={"redact": ["iban"], "required": True},
            groups={"mine": {"models": [MINI]}},
        )
        job_id = tenant.submit(model="mine")
        tenant.keep()
    finally:
        running.thaw("relay")
    job = tenant.ended(job_id)
    (call,) = calls_of(job)
    assert call["cost_micros"] == 3 * call["input_tokens"]
    assert job["stages"][0]["report"]["redacted"] == {"iban": 1}


def test_personal_data_stays_here_by_default(tenant: Tenant) -> None:
    tenant.keep(privacy={"redact": ["email", "iban"]})
    job = tenant.ended(tenant.submit())
    assert job["stages"][0]["report"]["redacted"] == {"email": 1, "iban": 1}
    assert job["output"]["number"] == "DE89370400440532013000"
    plain = tenant.ended(tenant.submit(redact=False))
    assert "redacted" not in plain["stages"][0]["report"]


@pytest.mark.parametrize("forced", [True, False])
def test_a_model_that_cannot_be_made_to_call_a_tool(
    running: Deployment, tenant: Tenant, forced: bool
) -> None:
    fault = {"error_status": 400, "error_code": "invalid_json_schema", "times": 1}
    running.servers.simulate("PUT", "/control/faults", {"*": fault})
    tenant.keep(capabilities={MINI: {"forced_tool": forced}})
    schema = SCHEMA | {"description": f"forced: {forced}"}  # which no other test had refused
    job = tenant.ended(tenant.submit(schema=schema))
    modes = [call["mode"] for call in calls_of(job)]
    assert modes == ["native", "strict_tool" if forced else "prompt"]


def test_the_first_job_answers_while_it_runs_and_when_it_has_ended(
    running: Deployment, tenant: Tenant
) -> None:
    tenant.keep(policy="strict", cooldown_seconds=600)
    before = running.servers.simulate("GET", "/control/calls")["total"]
    first = tenant.submit()
    assert tenant.submit() == first
    output = tenant.ended(first)["output"]
    asked = {"prompt": "Extract.", "schema": SCHEMA, "model": MINI, "document": DOCUMENT}
    again = tenant.client.post(
        "/v1/jobs",
        json={"pipeline": "extract", "input": asked},
        headers=tenant.auth | {"Prefer": "wait=10"},
    )
    assert again.json is not None
    assert (again.status_code, again.headers["Penstock-Deduplicated"]) == (200, "true")
    assert (again.json["id"], again.json["output"]) == (first, output)
    assert running.servers.simulate("GET", "/control/calls")["total"] == before + 1


def test_a_job_that_failed_does_not_answer(running: Deployment, tenant: Tenant) -> None:
    tenant.keep(cooldown_seconds=600)
    running.servers.simulate("PUT", "/control/faults", {"*": {"error_status": 400, "times": 1}})
    first = tenant.submit(document=DOCUMENT + "\nagain")
    running.until(lambda: tenant.read(first)["status"] == "failed")
    second = tenant.submit(document=DOCUMENT + "\nagain")
    assert second != first
    assert tenant.ended(second)["status"] == "succeeded"


def test_a_long_documents_chunks_go_by_the_settings_too(tenant: Tenant) -> None:
    """The tenant's own context is what makes it long."""
    tenant.keep(
        capabilities={MINI: {"context": 6_000, "output": 1_000}},
        prices={MINI: {"input": 1_000_000, "output": 0}},
        privacy={"redact": ["email"]},
    )
    document = DOCUMENT + "\n" + "word " * 8_000
    asked = tenant.submit(document=document, chunking={})
    job = tenant.ended(asked)
    assert job["progress"]["total"] > 1
    assert job["usage"]["cost_micros"] == job["usage"]["input_tokens"] > 8_000
