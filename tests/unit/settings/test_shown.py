"""`penstock doctor`'s table: every setting with its origin, no secret in it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.doctor import settings_in_force
from app.cli.main import main
from app.cli.masking import masked, secrets_of
from app.infra.settings import KNOWN, load_settings

ENV = {
    "PENSTOCK_DATABASE_URL": "postgresql://me:hunter2@127.0.0.1:1/x?password=hunter2",
    "PENSTOCK_BROKER_URL": "redis://:hunter2@127.0.0.1:1/1",
    "PENSTOCK_FLOWER_PASSWORD": "hunter2",
    "ANTHROPIC_API_KEY": "hunter2",
}


def test_every_setting_is_there_with_its_origin_and_no_secret() -> None:
    shown = settings_in_force(load_settings(ENV))
    assert set(KNOWN) <= {entry["name"] for entry in shown}
    assert "hunter2" not in json.dumps(shown)
    origins = {entry["name"]: entry["origin"] for entry in shown}
    assert origins["broker.url"] == "PENSTOCK_BROKER_URL"
    assert origins["api.threads"] == "default"
    assert origins["providers.anthropic.api_key"] == "environment or simulator"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:p@h:1/0", "redis://:***@h:1/0"),
        ("postgresql://u:p%40q@h/x", "postgresql://u:***@h/x"),
        ("postgresql://u@h/x", "postgresql://u@h/x"),
        ("postgresql://h/x?user=u&password=p", "postgresql://h/x?user=u&password=***"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
    ],
)
def test_a_masked_url(url: str, shown: str) -> None:
    assert masked("any.url", url) == shown


def test_doctor_exits_3_on_a_problem_and_says_it_without_the_password() -> None:
    done = CliRunner().invoke(main, ["doctor", "--json"], env=ENV)
    assert done.exit_code == 3
    assert "hunter2" not in done.output
    checks = {check["name"]: check for check in json.loads(done.output)["checks"]}
    assert checks["python"]["ok"]
    assert not checks["database"]["ok"]
    assert not checks["broker"]["ok"]


def test_of_several_keys_only_names_and_weights_show(tmp_path: Path) -> None:
    file = tmp_path / "penstock.toml"
    keys = '[{name = "main", key = "hunter2", weight = 3}]'
    file.write_text(f"[providers.openai]\nkeys = {keys}")
    settings = load_settings({"PENSTOCK_CONFIG": str(file)})
    shown = json.dumps(settings_in_force(settings))
    assert "main (weight 3)" in shown
    assert "hunter2" not in shown
    assert "hunter2" in secrets_of(settings)


def test_a_server_without_a_key_hides_no_word(tmp_path: Path) -> None:
    file = tmp_path / "penstock.toml"
    file.write_text('[providers.mine]\nkind = "openai_compatible"\nbase_url = "http://127.0.0.1:1"')
    assert secrets_of(load_settings({"PENSTOCK_CONFIG": str(file)})) == set()
