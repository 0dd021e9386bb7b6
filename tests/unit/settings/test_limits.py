"""Requests and tokens a minute, in a provider's table."""

import json
from pathlib import Path

import pytest

from app.cli.doctor import settings_in_force
from app.errors import ConfigError
from providers.types import RateLimits
from tests.unit.settings.test_providers import from_file

TABLES = """
    [providers.openai]
    models = ["gpt-5-mini", "gpt-5"]
    requests_per_minute = 500
    tokens_per_minute = 200_000
    keys = [
        {name = "main", key = "s3cret", requests_per_minute = 300},
        {name = "spare", key = "s3cret", limits."gpt-5" = {tokens_per_minute = 1000}},
    ]
    [providers.openai.limits."gpt-5"]
    requests_per_minute = 50
"""


def test_limits_at_every_place(tmp_path: Path) -> None:
    settings = from_file(tmp_path, TABLES)
    found = settings.providers["openai"]
    assert (found.requests_per_minute, found.tokens_per_minute) == (500, 200_000)
    assert found.limits == {"gpt-5": RateLimits(requests_per_minute=50)}
    main, spare = found.keys
    assert (main.requests_per_minute, main.limits) == (300, {})
    assert spare.limits == {"gpt-5": RateLimits(tokens_per_minute=1000)}
    shown = {entry["name"]: entry["value"] for entry in settings_in_force(settings)}
    assert shown["providers.openai.tokens_per_minute"] == 200_000
    assert shown["providers.openai.limits"]["gpt-5"]["requests_per_minute"] == 50
    assert "requests_per_minute 300" in shown["providers.openai.keys"][0]
    assert "s3cret" not in json.dumps(shown)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("request_per_minute = 3", "did you mean requests_per_minute?"),
        ("requests_per_minute = -1", "from 0 to"),
        ("requests_per_minute = true", "from 0 to"),
        ("tokens_per_minute = 1.5", "from 0 to"),
        ("limits = 3", "must hold tables"),
        ("limits.gpt-5 = 3", "must hold tables"),
        ("limits.gpt5 = {requests_per_minute = 1}", "no such model; did you mean gpt-5"),
        ("limits.x = {requests_per_minute = 1}", "its models are gpt-5-mini, gpt-5"),
        ("limits.gpt-5 = {token_per_minute = 1}", "did you mean tokens_per_minute?"),
        ("limits.gpt-5 = {tokens_per_minute = '1'}", "from 0 to"),
        ("keys = [{name = 'a', key = 'k', request_per_minute = 1}]", "requests_per_minute"),
        ("keys = [{name = 'a', key = 'k', tokens_per_minute = -1}]", "keys[0].tokens_per_minute"),
        ("keys = [{name = 'a', key = 'k', limits.x = {}}]", "no such model"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, says: str) -> None:
    head = '[providers.openai]\nmodels = ["gpt-5-mini", "gpt-5"]\n'
    if "keys" not in text:
        head += 'key = "k"\n'
    with pytest.raises(ConfigError) as caught:
        from_file(tmp_path, head + text)
    assert says in str(caught.value)
