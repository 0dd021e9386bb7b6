"""Provider tables: read from the file, or made from the keys in the environment."""

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

from app.errors import ConfigError
from app.infra import settings_limits
from app.infra.lanes import OURS
from app.infra.settings_keys import KEYS, NAME, read_keys, read_secret
from app.infra.settings_values import nearest
from providers.llm.presets import PRESETS
from providers.types import ProviderConfig

KINDS = ("openai", "anthropic", "gemini", "bedrock", *PRESETS)
# What a vendor's key gets when no table names models; newest generations first.
MODELS = {
    "openai": ("gpt-5-mini", "gpt-5"),
    "anthropic": ("claude-sonnet-4-5", "claude-haiku-4-5"),
    "gemini": ("gemini-2.5-flash", "gemini-2.5-pro"),
}
REAL_MODELS = {**MODELS, "anthropic": ("claude-sonnet-5-5", "claude-haiku-5-5")}
PATHS = {"openai": "/openai/v1", "anthropic": "/anthropic", "gemini": "/gemini"}
AWS_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
FIELDS = (
    *("kind", "base_url", "key", "models", "concurrency", "max_in_flight", "timeout_seconds"),
    *("weight", "keys", "region", "no_training", "limits"),
    *settings_limits.FIELDS,
)
NUMBERS: dict[str, tuple[type[int] | type[float], float, float]] = {
    "concurrency": (int, 1, 512),
    "max_in_flight": (int, 0, 1_000_000),
    "timeout_seconds": (float, 0.1, 3600.0),
    "weight": (int, 0, 1000),
}


def default_providers(
    mode: str, simulator_url: str | None, env: Mapping[str, str]
) -> dict[str, ProviderConfig]:
    """One provider a vendor key in the environment; with none, the simulator's three."""
    keyed = {kind: env[name] for kind, name in KEYS.items() if env.get(name)}
    if mode != "on" and keyed:
        return {
            kind: ProviderConfig(name=kind, kind=kind, api_key=key, models=REAL_MODELS[kind])
            for kind, key in keyed.items()
        }
    if mode == "off" or not simulator_url:
        return {}
    root = simulator_url.rstrip("/")
    return {
        kind: ProviderConfig(
            name=kind,
            kind=kind,
            base_url=root + path,
            api_key="simulator",
            models=MODELS[kind],
            simulated=True,
        )
        for kind, path in PATHS.items()
    }


def read_providers(tables: Any, env: Mapping[str, str], source: str) -> dict[str, ProviderConfig]:
    """The file's `[providers.NAME]` tables. Raises ConfigError."""
    if not isinstance(tables, dict):
        raise ConfigError(f"{source}: providers must be tables, as in [providers.openai]")
    return {name: _provider(name, table, env, source) for name, table in tables.items()}


def _provider(name: str, table: Any, env: Mapping[str, str], source: str) -> ProviderConfig:
    at = f"{source}: providers.{name}"
    if not isinstance(table, dict):
        raise ConfigError(f"{at} must be a table")
    if not NAME.fullmatch(name) or name in OURS:
        raise ConfigError(
            f"{at}: a provider's name has letters, digits, - and _ (not 'core' or 'webhooks')"
        )
    for key in table:
        if key not in FIELDS:
            hint = nearest(key, FIELDS) or f"; known are {', '.join(FIELDS)}"
            raise ConfigError(f"{at}: unknown setting {key!r}{hint}")
    kind = table.get("kind", name if name in KINDS else None)
    if kind not in KINDS:
        raise ConfigError(f"{at}.kind must be one of {', '.join(KINDS)}, not {kind!r}")
    models = _models(table, kind, at)
    keys = read_keys(table, kind, env, at, models)
    config = ProviderConfig(
        name=name,
        kind=kind,
        base_url=_base_url(table, kind, at),
        api_key="" if keys else read_secret(table.get("key"), kind, env, at),
        keys=keys,
        models=models,
        region=_region(table, kind, at),
        no_training=_flag(table, "no_training", at),
        limits=settings_limits.read_model_rates(table, models, at),
    )
    numbers = _numbers(table, at) | settings_limits.read_rates(table, at)
    return dataclasses.replace(config, **numbers)


def _base_url(table: dict[str, Any], kind: str, at: str) -> str | None:
    url = table.get("base_url")
    preset = PRESETS.get(kind)
    if url is None and preset is not None and preset.base_url is None:
        raise ConfigError(f"{at}.base_url is needed for kind {kind}, such as {preset.example}")
    if url is not None and not (isinstance(url, str) and re.match(r"https?://[^/\s]", url)):
        raise ConfigError(f"{at}.base_url must begin with http:// or https://")
    return url


def _models(table: dict[str, Any], kind: str, at: str) -> tuple[str, ...]:
    """The models; an empty list lets any name through."""
    models = table.get("models", REAL_MODELS.get(kind, ()))
    if not isinstance(models, list | tuple) or not all(isinstance(m, str) and m for m in models):
        raise ConfigError(f"{at}.models must be a list of names")
    return tuple(dict.fromkeys(models))


def _numbers(table: dict[str, Any], at: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, (cast, low, high) in NUMBERS.items():
        value = table.get(key, low)
        wrong = isinstance(value, bool) or not isinstance(value, int | float)
        if wrong or not math.isfinite(value) or not low <= value <= high or cast(value) != value:
            raise ConfigError(f"{at}.{key} must be a number from {low} to {high}, not {value!r}")
        if key in table:
            found[key] = cast(value)
    return found


def _region(table: dict[str, Any], kind: str, at: str) -> str | None:
    """Where the data are worked on; of Bedrock it is AWS's name, for it makes the address too."""
    region = table.get("region")
    if region is not None and not (isinstance(region, str) and NAME.fullmatch(region)):
        raise ConfigError(f"{at}.region must be a name such as 'eu'")
    if kind == "bedrock" and "base_url" not in table and not AWS_REGION.fullmatch(region or ""):
        raise ConfigError(f"{at}.region is needed for kind bedrock, such as 'eu-central-1'")
    return region


def _flag(table: dict[str, Any], name: str, at: str) -> bool:
    value = table.get(name, False)
    if not isinstance(value, bool):
        raise ConfigError(f"{at}.{name} must be true or false")
    return value
