"""Defaults < file < environment; every wrong key or value is named, with the nearest known one."""

import os
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.infra.settings import KNOWN, NAMES, SECTIONS, load_settings
from app.infra.settings_values import BOUNDS, CHOICES, SCHEMES


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "penstock.toml"


def layered(file: Path, text: str, **env: str) -> object:
    file.write_text(text)
    return load_settings({"PENSTOCK_CONFIG": str(file), **env})


def test_each_layer_beats_the_one_below_and_says_so(file: Path) -> None:
    file.write_text('[api]\nthreads = 8\nport = 8001\n[jobs]\ndefault_model = "a/b"\n')
    env = {"PENSTOCK_CONFIG": str(file), "PENSTOCK_API_PORT": "9000"}
    settings = load_settings(env)
    assert (settings.api.threads, settings.api.port) == (8, 9000)
    assert settings.origin("api.threads") == "penstock.toml"
    assert settings.origin("api.port") == "PENSTOCK_API_PORT"
    assert settings.origin("api.host") == "default"
    assert settings.jobs.default_model == "a/b"


def test_the_file_of_the_working_folder_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({}).data_dir == Path(".penstock")
    Path("penstock.toml").write_text('data_dir = "elsewhere"\n')
    assert load_settings({}).data_dir == Path("elsewhere")


def test_an_empty_variable_is_as_good_as_none(file: Path) -> None:
    env = {"PENSTOCK_REDIS_URL": "", "PENSTOCK_CONFIG": ""}
    assert load_settings(env).redis.url is None
    assert load_settings(env).origin("redis.url") == "default"


def test_a_home_folder_is_expanded() -> None:
    found = load_settings({"PENSTOCK_DATA_DIR": "~/stack"}).data_dir
    assert found == Path(os.path.expanduser("~")) / "stack"


@pytest.mark.parametrize(
    ("text", "key", "near"),
    [
        ("[api]\nprot = 1", "api.prot", "api.port"),
        ("[worker]\nlease_second = 1", "worker.lease_second", "worker.lease_seconds"),
        ("[realy]\nbatch_size = 1", "[realy]", "relay"),
        ("[provider.openai]\nmodels = []", "[provider]", "providers"),
        ('data_dri = "x"', "data_dri", "data_dir"),
        ('[providers.openai]\nmodel = ["x"]\nkey = "k"', "model", "models"),
    ],
)
def test_an_unknown_key_of_the_file(file: Path, text: str, key: str, near: str) -> None:
    with pytest.raises(ConfigError) as caught:
        layered(file, text)
    assert key in caught.value.detail
    assert f"did you mean {near}?" in caught.value.detail
    assert "penstock.toml" in caught.value.detail


def test_an_unknown_variable() -> None:
    with pytest.raises(ConfigError, match=r"PENSTOCK_DATABSE_URL; did you mean PENSTOCK_DATABASE"):
        load_settings({"PENSTOCK_DATABSE_URL": "x"})


@pytest.mark.parametrize(
    "variable",
    ["PENSTOCK_MIGRATE_APP_PASSWORD", "PENSTOCK_URL", "PENSTOCK_API_KEY", "PENSTOCK_FAULT"],
)
def test_our_other_variables_are_no_settings(variable: str) -> None:
    load_settings({variable: "x"})


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PENSTOCK_API_PORT", "http", "a whole number from 0 to 65535, not 'http'"),
        ("PENSTOCK_API_PORT", "70000", "from 0 to 65535"),
        ("PENSTOCK_API_THREADS", "0", "from 1 to"),
        ("PENSTOCK_API_THREADS", "1.5", "a whole number"),
        ("PENSTOCK_WORKER_LEASE_SECONDS", "inf", "a number from"),
        ("PENSTOCK_WORKER_LEASE_SECONDS", "nan", "a number from"),
        ("PENSTOCK_WORKER_LEASE_SECONDS", "8", "at most half"),
        ("PENSTOCK_JOBS_MAX_ITEMS", "-1", "from 1 to"),
        ("PENSTOCK_LOGGING_LEVEL", "WARN", "did you mean WARNING?"),
        ("PENSTOCK_SIMULATOR_MODE", "yes", "one of auto, on, off"),
        ("PENSTOCK_BROKER_URL", "kafka://host", "amqp:// or amqps:// or redis://"),
        ("PENSTOCK_DATABASE_URL", "mysql://host/x", "postgresql://"),
        ("PENSTOCK_REDIS_URL", "redis://host:port/0", "Port could not be cast"),
    ],
)
def test_a_wrong_value_of_a_variable(variable: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({variable: value})
    assert says in caught.value.detail


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[api]\nport = 1.5", "whole number"),
        ("[api]\nport = inf", "whole number"),
        ("[api]\nport = true", "whole number"),
        ('[api]\nport = "x"', "whole number"),
        ("[api]\nhost = 3", "must be a text"),
        ("api = 3", "unknown setting 'api'"),
        ("[api.host]\na = 1", "must be a text"),
        ("[api", "cannot be read"),
    ],
)
def test_a_wrong_value_of_the_file(file: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        layered(file, text)


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load_settings({"PENSTOCK_CONFIG": str(tmp_path / "none.toml")})


def test_a_wrong_url_does_not_show_its_password() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({"PENSTOCK_BROKER_URL": "kafka://me:hunter2@host"})
    assert "hunter2" not in caught.value.detail


def test_every_name_is_known_once_and_the_bounds_name_real_settings() -> None:
    assert len(NAMES) == len(KNOWN)
    assert {*BOUNDS, *CHOICES, *SCHEMES} <= set(KNOWN)
    assert {key.split(".")[0] for key in KNOWN if "." in key} == set(SECTIONS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PENSTOCK_WEBHOOKS_ALLOW_HTTP", "maybe"),
        ("PENSTOCK_WEBHOOKS_SCHEDULE", "0, five"),
        ("PENSTOCK_WEBHOOKS_SCHEDULE", "0, nan"),
        ("PENSTOCK_WEBHOOKS_SCHEDULE", "-1"),
        ("PENSTOCK_WEBHOOKS_SCHEDULE", " , "),
        ("PENSTOCK_WEBHOOK_ALLOW_CIDRS", "loopback"),
        ("PENSTOCK_WEBHOOK_ALLOW_CIDRS", "10.0.0.1/8"),
    ],
)
def test_flags_and_lists_say_what_they_take(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match="webhooks"):
        load_settings({name: value})


def test_the_webhook_ranges_have_two_names() -> None:
    for name in ("PENSTOCK_WEBHOOK_ALLOW_CIDRS", "PENSTOCK_WEBHOOKS_ALLOW_CIDRS"):
        settings = load_settings({name: "127.0.0.0/8,::1/128"})
        assert settings.webhooks.allow_cidrs == "127.0.0.0/8,::1/128"
        assert settings.origin("webhooks.allow_cidrs") == name
    assert load_settings({"PENSTOCK_WEBHOOKS_ALLOW_HTTP": "true"}).webhooks.allow_http is True
