"""Provider tables: from the file, from keys in the environment, or the simulator's three."""

from pathlib import Path

import pytest

from app.errors import ConfigError
from app.infra.settings import Settings, load_settings


def from_file(folder: Path, text: str, **env: str) -> Settings:
    file = folder / "penstock.toml"
    file.write_text(text)
    return load_settings({"PENSTOCK_CONFIG": str(file), **env})


def test_a_table(tmp_path: Path) -> None:
    text = """
        [providers.local-llm]
        kind = "openai_compatible"
        base_url = "http://127.0.0.1:9999/v1"
        key = "env:LOCAL_KEY"
        models = ["small", "large", "small"]
        concurrency = 512
        timeout_seconds = 30
        weight = 3
    """
    settings = from_file(tmp_path, text, LOCAL_KEY="s3cret", OPENAI_API_KEY="unused")
    assert list(settings.providers) == ["local-llm"]
    found = settings.providers["local-llm"]
    assert (found.kind, found.api_key) == ("openai_compatible", "s3cret")
    assert found.models == ("small", "large")
    assert (found.concurrency, found.timeout_seconds, found.weight) == (512, 30.0, 3)
    assert not found.simulated
    assert settings.origin("providers.local-llm") == "penstock.toml"


def test_a_vendors_table_needs_only_its_name(tmp_path: Path) -> None:
    found = from_file(tmp_path, "[providers.openai]", OPENAI_API_KEY="k").providers["openai"]
    assert (found.kind, found.api_key, found.concurrency) == ("openai", "k", 64)
    assert found.models


def test_keys_in_the_environment_make_tables() -> None:
    found = load_settings({"OPENAI_API_KEY": "o", "GEMINI_API_KEY": "g"}).providers
    assert {name: p.api_key for name, p in found.items()} == {"openai": "o", "gemini": "g"}
    assert not any(p.simulated for p in found.values())


def test_without_a_key_the_simulator_answers_for_all_three() -> None:
    env = {"PENSTOCK_SIMULATOR_URL": "http://127.0.0.1:7/"}
    found = load_settings(env).providers
    assert {name: p.base_url for name, p in found.items()} == {
        "openai": "http://127.0.0.1:7/openai/v1",
        "anthropic": "http://127.0.0.1:7/anthropic",
        "gemini": "http://127.0.0.1:7/gemini",
    }
    assert all(p.simulated for p in found.values())
    assert not load_settings(env | {"OPENAI_API_KEY": "o"}).providers["openai"].simulated
    forced = load_settings(env | {"OPENAI_API_KEY": "o", "PENSTOCK_SIMULATOR_MODE": "on"})
    assert forced.providers["openai"].simulated
    assert load_settings(env | {"PENSTOCK_SIMULATOR_MODE": "off"}).providers == {}
    assert load_settings({}).providers == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("providers = 3", "must be tables"),
        ("[providers]\nopenai = 3", "must be a table"),
        ('[providers.core]\nkind = "openai"\nkey = "k"', "not 'core'"),
        ('[providers."a.b"]\nkind = "openai"\nkey = "k"', "letters, digits"),
        ('[providers."é"]\nkind = "openai"\nkey = "k"', "letters, digits"),
        ('[providers.mine]\nkey = "k"', "kind must be one of"),
        ('[providers.mine]\nkind = "openai_compatible"\nmodels = ["m"]', "base_url is needed"),
        ('[providers.azure_openai]\nkey = "k"', "such as https://RESOURCE.openai.azure.com"),
        ("[providers.vllm]", "such as http://127.0.0.1:8000/v1"),
        ("[providers.openrouter]", "OPENROUTER_API_KEY, which is not set"),
        ("[providers.bedrock]", "region is needed for kind bedrock, such as 'eu-central-1'"),
        ('[providers.bedrock]\nregion = "eu"', "region is needed for kind bedrock"),
        ('[providers.openai]\nkey = "k"\nbase_url = "api.x"', "must begin with http"),
        ('[providers.openai]\nkey = "k"\nbase_url = 3', "must begin with http"),
        ('[providers.openai]\nkey = "k"\nmodels = "gpt"', "a list of names"),
        ('[providers.openai]\nkey = "k"\nconcurrency = 513', "from 1 to 512"),
        ('[providers.openai]\nkey = "k"\nconcurrency = 1.5', "from 1 to 512"),
        ('[providers.openai]\nkey = "k"\ntimeout_seconds = inf', "from 0.1 to"),
        ('[providers.openai]\nkey = "k"\nweight = true', "from 0 to"),
        ('[providers.openai]\nkey = "env:NOT_THERE"', "NOT_THERE, which is not set"),
        ("[providers.openai]", "OPENAI_API_KEY, which is not set"),
    ],
)
def test_a_wrong_table(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        from_file(tmp_path, text)


def test_presets_are_kinds(tmp_path: Path) -> None:
    text = """
        [providers.openrouter]
        [providers.huggingface]
        [providers.azure_openai]
        base_url = "https://r.openai.azure.com"
        [providers.ollama]
        base_url = "http://127.0.0.1:11434"
        [providers.far]
        kind = "vllm"
        base_url = "http://10.0.0.1:8000/v1"
    """
    keys = {"OPENROUTER_API_KEY": "o", "HF_TOKEN": "h", "AZURE_OPENAI_API_KEY": "a"}
    found = from_file(tmp_path, text, **keys).providers
    assert {p.kind: p.api_key for p in found.values()} == {
        "openrouter": "o",
        "huggingface": "h",
        "azure_openai": "a",
        "ollama": "none",
        "vllm": "none",
    }
    assert load_settings(keys).providers == {}, "such a key alone must not make a provider"


def test_bedrock_takes_a_key_or_leaves_it_to_boto3(tmp_path: Path) -> None:
    text = '[providers.bedrock]\nregion = "eu-central-1"'
    assert from_file(tmp_path, text).providers["bedrock"].api_key == ""
    found = from_file(tmp_path, text, AWS_BEARER_TOKEN_BEDROCK="t").providers["bedrock"]
    assert (found.api_key, found.region) == ("t", "eu-central-1")
    text = '[providers.mine]\nkind = "bedrock"\nregion = "eu"\nbase_url = "https://vpce.x"'
    assert from_file(tmp_path, text).providers["mine"].region == "eu"


TWO_KEYS = """
[providers.openai]
region = "eu"
no_training = true
keys = [{name = "main", key = "env:A", weight = 3}, {name = "spare", key = "sk-b", weight = 0}]
"""


def test_several_keys(tmp_path: Path) -> None:
    found = from_file(tmp_path, TWO_KEYS, A="sk-a").providers["openai"]
    assert [(c.name, c.secret, c.weight) for c in found.credentials] == [
        ("main", "sk-a", 3),
        ("spare", "sk-b", 0),
    ]
    assert (found.region, found.no_training) == ("eu", True)
    assert "sk-" not in repr(found)


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ('"x"', "must be a list"),
        ('[{name = "a"}]', r"keys\[0\].key is needed"),
        ('[{key = "k"}]', r"keys\[0\].name"),
        ('[{name = "a b", key = "k"}]', r"keys\[0\].name"),
        ('[{name = "a", key = "k", wieght = 1}]', "did you mean weight"),
        ('[{name = "a", key = "k", weight = -1}]', r"keys\[0\].weight"),
        ('[{name = "a", key = "k", weight = true}]', r"keys\[0\].weight"),
        ('[{name = "a", key = "env:GONE"}]', "GONE, which is not set"),
        ('[{name = "a", key = "k", weight = 0}]', "at least one weight"),
        ('[{name = "a", key = "k"}, {name = "a", key = "l"}]', "a name of its own"),
        ('[{name = "a", key = "k"}]\nkey = "x"', "both key and keys"),
    ],
)
def test_wrong_keys(tmp_path: Path, keys: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        from_file(tmp_path, f"[providers.openai]\nkeys = {keys}")


SEMANTIC = """
[cache]
semantic = true
{model}
[providers.openai]
key = "k"
[providers.anthropic]
key = "k"
"""


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("", "must name a provider and a model"),
        ('embedding_model = "openai"', "must name a provider and a model"),
        ('embedding_model = "opnai/m"', "did you mean openai"),
        ('embedding_model = "anthropic/m"', "kind anthropic has no embeddings"),
        ('embedding_model = "openai/m"\nthreshold = 1.5', "cache.threshold"),
    ],
)
def test_a_semantic_cache_that_cannot_work(tmp_path: Path, model: str, says: str) -> None:
    file = tmp_path / "penstock.toml"
    file.write_text(SEMANTIC.format(model=model))
    with pytest.raises(ConfigError, match=says):
        load_settings({"PENSTOCK_CONFIG": str(file)})


def test_a_semantic_cache_that_can(tmp_path: Path) -> None:
    file = tmp_path / "penstock.toml"
    file.write_text(SEMANTIC.format(model='embedding_model = "openai/a/b"'))
    cache = load_settings({"PENSTOCK_CONFIG": str(file)}).cache
    assert (cache.semantic, cache.embedding_model, cache.threshold) == (True, "openai/a/b", 0.97)
    assert not load_settings({}).cache.semantic
