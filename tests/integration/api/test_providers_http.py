"""/v1/providers: what a tenant may know of the providers, and nothing of the operator's."""

from flask.testing import FlaskClient

from app.container import Container
from providers.errors import AuthenticationFailed, RateLimited
from schemas.providers import ProviderListSchema
from tests.integration.api.conftest import Owner
from tests.integration.api.refusals import assert_problem


def test_models_with_what_they_can_do_and_cost(client: FlaskClient, alice: Owner) -> None:
    answer = client.get("/v1/providers", headers=alice.auth)
    assert answer.status_code == 200
    assert not ProviderListSchema().validate(answer.json)
    found = {provider["name"]: provider for provider in answer.json["data"]}
    assert list(found) == ["openai", "anthropic", "gemini"]
    assert found["openai"]["simulated"]
    assert not found["openai"]["any_model"]
    models = {model["name"]: model for p in found.values() for model in p["models"]}
    mini = models["openai/gpt-5-mini"]
    assert mini["price"] == {"input_micros": 250_000, "output_micros": 2_000_000}
    assert mini["circuit"] == {"state": "closed", "reason": "", "seconds": 0.0}
    assert mini["capabilities"]["structured"]
    assert mini["capabilities"]["context"] == 400_000
    assert mini["capabilities"]["tasks"] == {}
    assert mini["capabilities"]["price_provider"] == "openai"
    assert models["gemini/gemini-2.5-flash"]["capabilities"]["tasks"] == {"vision": 74}
    for secret in ("http", "127.0.0.1", "api_key", "secret", "keys"):
        assert secret not in answer.text.lower()


def test_a_circuit_without_the_vendors_words(
    client: FlaskClient, alice: Owner, container: Container
) -> None:
    """A vendor's message may name the operator's account."""
    gate = container.gate
    said = RateLimited("org-4711 asks too much", retry_after=30.0)
    gate.failed("gemini", "gemini-2.5-pro", "", said)
    gate.failed("anthropic", "claude-haiku-4-5", "", AuthenticationFailed("key sk-1 of org-4711"))
    try:
        answer = client.get("/v1/providers", headers=alice.auth)
        circuits = {m["name"]: m["circuit"] for p in answer.json["data"] for m in p["models"]}
        assert "org-4711" not in answer.text
        assert circuits["gemini/gemini-2.5-pro"]["state"] == "open"
        assert circuits["gemini/gemini-2.5-pro"]["reason"] == "provider_rate_limited"
        assert 0 < circuits["gemini/gemini-2.5-pro"]["seconds"] <= 30
        assert circuits["gemini/gemini-2.5-flash"]["state"] == "closed"
        assert circuits["anthropic/claude-sonnet-4-5"]["state"] == "open"  # the key is refused
    finally:
        gate._breaker._open.clear()


def test_a_key_that_may_read_jobs_may_look(
    client: FlaskClient, alice: Owner, container: Container
) -> None:
    _, reader = container.keys.create(alice.tenant.id, "reader", ["jobs:read"])
    _, writer = container.keys.create(alice.tenant.id, "writer", ["jobs:write"])
    for token, status in ((reader, 200), (writer, 403)):
        answer = client.get("/v1/providers", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
    assert_problem(client.get("/v1/providers"), 401, "unauthenticated")
