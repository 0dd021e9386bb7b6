"""[models], [modes] and [capabilities] of the file."""

from pathlib import Path

import pytest

from app.errors import ConfigError
from app.infra.settings import load_settings
from app.services.deployments import Catalog, UnknownModel
from providers.routing.candidates import Needs
from providers.types import Usage
from tests.unit.settings.test_providers import from_file

FILE = """
[providers.openai]
key = "k"
models = ["gpt-5-mini", "gpt-5"]
[providers.local]
kind = "openai_compatible"
base_url = "http://127.0.0.1:1/v1"
models = ["tiny"]
[models.cheap]
deployments = ["local/tiny", "gpt-5-mini"]
strategy = "highest_quality"
[modes.flash]
model = "cheap"
[modes.careful]
model = "openai/gpt-5"
effort = "high"
[capabilities."local/tiny"]
context = 32000
quality = 99
vision = true
tasks = {code = 7}
"""


def test_groups_modes_and_capabilities(tmp_path: Path) -> None:
    settings = from_file(tmp_path, FILE)
    modes = settings.routing.modes
    assert (modes["flash"].model, modes["flash"].effort) == ("cheap", "low")
    assert (modes["careful"].model, modes["careful"].effort) == ("openai/gpt-5", "high")
    assert modes["think"].model == "smart"
    catalog = Catalog(settings.providers, None, settings.routing)
    assert catalog.expand("cheap") == ["local/tiny", "openai/gpt-5-mini"]
    can = catalog.capabilities(catalog.target("local/tiny"))
    assert (can.context, can.vision, can.known) == (32_000, True, True)
    assert (can.quality_at("code"), can.quality_at("vision")) == (7, 99)
    coding = catalog.decide("cheap", Needs(task="code"))
    assert [j.candidate.name for j in coding.kept] == ["openai/gpt-5-mini", "local/tiny"]
    theirs = catalog.under({}, {"local/tiny": {"capabilities": {"tasks": {"code": 100}}}})
    coding = theirs.decide("cheap", Needs(task="code"))
    assert [j.candidate.name for j in coding.kept] == ["local/tiny", "openai/gpt-5-mini"]


def test_prices_of_the_operators(tmp_path: Path) -> None:
    text = FILE + '[prices."local/tiny"]\ninput = 100\noutput = 0\n'
    settings = from_file(tmp_path, text)
    catalog = Catalog(settings.providers, None, settings.routing)
    prices = catalog.target("local/tiny").prices
    assert prices is not None
    assert (prices.input, prices.source) == (100, "operator")
    tenants = catalog.under({}, {"local/tiny": {"prices": {"input": 1, "output": 2}}})
    theirs = tenants.target("local/tiny").prices
    assert theirs is not None
    assert theirs.source == "tenant"


def test_the_price_lists_vendor_of_the_operator_and_of_a_tenant(tmp_path: Path) -> None:
    text = FILE + '[capabilities."local/gpt-5"]\nprice_provider = "openai"\n'
    settings = from_file(tmp_path, text.replace('["tiny"]', '["tiny", "gpt-5"]'))
    catalog = Catalog(settings.providers, None, settings.routing)
    theirs = catalog.under({}, {"local/gpt-5": {"capabilities": {"price_provider": "google"}}})
    used = Usage(input_tokens=1_000_000)
    for seen, vendor, cost in ((catalog, "openai", 1_250_000), (theirs, "google", None)):
        target = seen.target("local/gpt-5")
        assert seen.capabilities(target).price_provider == vendor
        assert target.cost(used, "gpt-5").cost_micros == cost
        (judged,) = seen.decide("local/gpt-5", Needs(input_tokens=1_000)).kept
        assert (judged.cost_micros is None) is (cost is None)
    assert catalog.capabilities(catalog.target("local/tiny")).price_provider is None
    assert catalog.capabilities(catalog.target("openai/gpt-5")).price_provider == "openai"


def test_fast_and_smart_are_there_without_a_table() -> None:
    settings = load_settings({"OPENAI_API_KEY": "k", "GEMINI_API_KEY": "k"})
    catalog = Catalog(settings.providers, None, settings.routing)
    assert set(catalog.expand("fast")) == {"openai/gpt-5-mini", "gemini/gemini-2.5-flash"}
    assert set(catalog.expand("smart")) == {"openai/gpt-5", "gemini/gemini-2.5-pro"}
    with pytest.raises(UnknownModel):
        Catalog({}, None, settings.routing).expand("fast")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models = 1", "models must hold tables"),
        ("[prices.x]", "prices.'x'.input is needed"),
        ("[prices.x]\ninput = 1", "prices.'x'.output is needed"),
        ("[prices.x]\ninput = 1\noutput = 2.5", "whole micro-dollars"),
        ("[prices.x]\ninput = -1\noutput = 2", "whole micro-dollars"),
        ("[prices.x]\ninput = true\noutput = 2", "whole micro-dollars"),
        ("[prices.x]\ninput = 1\noutput = 2\ncache_reed = 1", "did you mean cache_read"),
        ("[models.x]", "models.x.deployments must be a list"),
        ("[models.x]\ndeployments = []", "models.x.deployments must be a list"),
        ("[models.x]\ndeployments = ['a']\nstrategy = 'best'", "models.x.strategy must be one of"),
        ("[models.x]\ndeploymnets = ['a']", "did you mean deployments"),
        ("[models.openai]\ndeployments = ['a']", "providers' are taken"),
        ("[modes.x]", "modes.x.model must name"),
        ("[modes.flash]\neffort = 'most'", "modes.flash.effort must be one of"),
        ('[capabilities."a/b"]\ncontext = -1', "context: -1 is not a value"),
        ('[capabilities."a/b"]\nvision = 1', "vision: 1 is not a value"),
        ('[capabilities."a/b"]\nvison = true', "did you mean vision"),
        ('[capabilities."a/b"]\nprice_provider = 5', "price_provider: 5 is not a value"),
        ('[capabilities."a/b"]\nprice_provider = "opena"', "no 'opena'; did you mean openai"),
        ('[capabilities."a/b"]\ntasks = 5', "tasks: 5 is not a value"),
        ('[capabilities."a/b"]\ntasks = {cooking = 5}', "tasks: .* is not a value"),
        ('[capabilities."a/b"]\ntasks = {code = 101}', "tasks: .* is not a value"),
        ('[capabilities."a/b"]\ntasks = {code = true}', "tasks: .* is not a value"),
    ],
)
def test_wrong_tables(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        from_file(tmp_path, f'{text}\n[providers.openai]\nkey = "k"')


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "[models.x]\ndeployments = ['openai', 'opnai/gpt-5']",
            r"models.x.deployments\[1\]: unknown model 'opnai/gpt-5'; the nearest is 'openai/",
        ),
        ("[models.x]\ndeployments = ['smart']", r"deployments\[0\]: unknown model 'smart'"),
        ("[modes.x]\nmodel = 'gpt-6'", "modes.x.model: unknown model 'gpt-6'"),
        ("[jobs]\ndefault_model = 'gpt-6'", "jobs.default_model: unknown model 'gpt-6'"),
        ("[capabilities.'opnai/m']\ncontext = 1", "no provider is named 'opnai'; did you mean op"),
        ("[prices.m]\ninput = 1\noutput = 2", "prices.'m': no provider is named 'm'"),
    ],
)
def test_names_that_stand_for_nothing(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        from_file(tmp_path, f"{FILE}\n{text}")


def test_names_that_stand_for_something(tmp_path: Path) -> None:
    text = "[modes.quick]\nmodel = 'fast'\n[modes.own]\nmodel = 'cheap'\n"
    text += "[jobs]\ndefault_model = 'cheap'\n[prices.'openai/not-listed']\ninput = 1\noutput = 2"
    assert from_file(tmp_path, f"{FILE}\n{text}").jobs.default_model == "cheap"
