"""Names that three places repeat are the same in all of them; unpriced stays so."""

import pytest

from app.infra.settings_routing import Group
from app.repositories.tenant_settings import StoredSettings
from app.services.deployments import Catalog
from app.services.tenant_policy import TenantPolicy
from app.services.tenant_settings import read_document
from providers import capabilities, own_prices
from providers.privacy import detectors
from providers.routing.candidates import Needs
from providers.routing.router import STRATEGIES
from providers.types import ProviderConfig
from schemas import tenant_settings as schemas

LOCAL = ProviderConfig(
    name="local",
    kind="openai_compatible",
    base_url="http://127.0.0.1:1/v1",
    models=("tiny", "large"),
)
NEEDS = Needs(input_tokens=1_000, output_tokens=1_000)


def test_the_schemas_names_are_those_of_the_code() -> None:
    assert tuple(schemas.OwnCapabilitiesSchema().fields) == capabilities.FIELDS
    assert tuple(schemas.OwnPricesSchema().fields) == own_prices.FIELDS
    assert schemas.KINDS == detectors.KINDS
    assert set(schemas.STRATEGIES) == set(STRATEGIES)
    assert tuple(schemas.TasksSchema().fields) == capabilities.TASKS


def test_a_price_makes_a_known_cost_of_an_unknown_one() -> None:
    plain = Catalog({"local": LOCAL})
    own = {"local/tiny": {"prices": {"input": 1_000_000, "output": 2_000_000}}}
    tenants = plain.under({}, own)
    for catalog, cost, source in ((plain, None, "unpriced"), (tenants, 3_000, "tenant")):
        (judged,) = catalog.decide("local/tiny", NEEDS).kept
        assert (judged.cost_micros, judged.candidate.price_source) == (cost, source)
    (other,) = tenants.decide("local/large", NEEDS).kept
    assert other.cost_micros is None


def test_a_quality_alone_makes_no_guess_of_a_limit_firm() -> None:
    own = {"local/tiny": {"capabilities": {"quality": 90}}}
    catalog = Catalog({"local": LOCAL}).under({}, own)
    long = Needs(input_tokens=50_000)
    assert catalog.decide("local/tiny", long).kept
    firm = {"local/tiny": {"capabilities": {"context": 9_000}}}
    assert not Catalog({"local": LOCAL}).under({}, firm).decide("local/tiny", long).kept


def test_a_jobs_kept_rows_hold_whatever_the_settings_say() -> None:
    catalog = Catalog({"local": LOCAL})
    kept = {
        "local/tiny": {
            "capabilities": {"forced_tool": True},
            "prices": {"input": 1, "output": 2},
        }
    }
    target = catalog.target("local/tiny", kept)
    assert catalog.capabilities(target).forced_tool
    assert target.prices is not None
    assert target.prices.source == "tenant"
    assert catalog.target("local/large", kept).prices is None


def test_a_stored_document_is_read_as_it_was_written() -> None:
    document = read_document(
        {
            "groups": {"g": {"models": ["local"]}},
            "privacy": {"redact": ["iban"]},
            "policy": "strict",
        }
    )
    policy = TenantPolicy.of(StoredSettings(version=2, document=document))
    assert policy.groups == {"g": Group(deployments=("local",))}
    assert (policy.redact, policy.redact_required) == (["iban"], False)
    assert (policy.cooldown_seconds, policy.version) == (5.0, 2)
    assert TenantPolicy.of(StoredSettings()) == TenantPolicy()


@pytest.mark.parametrize(
    ("own", "asked", "good"),
    [
        ({"providers": ["a", "b"]}, {"providers": ["b"]}, True),
        ({"providers": ["a", "b"]}, {"providers": ["b", "c"]}, False),
        ({"providers": ["a"]}, {"region": "eu"}, True),
        ({"region": "eu"}, {"region": "eu"}, True),
        ({"region": "eu"}, {"region": "us"}, False),
        ({"region": "eu"}, {"region": "eu-central-1"}, True),
        ({"region": "eu-central-1"}, {"region": "eu"}, False),
        ({"no_training": True}, {"no_training": True}, True),
        ({"no_training": True}, {"no_training": False}, False),
        ({"no_training": False}, {"no_training": True}, True),
        ({}, {"providers": ["x"], "no_training": False}, True),
    ],
)
def test_narrower_is_allowed_and_wider_is_not(
    own: dict[str, object], asked: dict[str, object], good: bool
) -> None:
    policy = TenantPolicy(version=1, routing=own)
    changed, faults = policy.obeyed({"routing": asked})
    assert (not faults) is good
    if good:
        assert changed["routing"] == {**own, **asked}
