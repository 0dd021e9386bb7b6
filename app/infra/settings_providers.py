"""Provider tables: read from the file, or made from the keys in the environment."""

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

from app.errors import ConfigError
from app.infra.settings_values import nearest
from providers.types import ProviderConfig

KINDS = ("openai", "anthropic", "gemini", "openai_compatible")
KEYS = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GEMINI_API_KEY",
}
# What a vendor's key gets when no table names models; newest generations first.
MODELS = {
    "openai": ("gpt-5-mini", "gpt-5"),
    "anthropic": ("claude-sonnet-4-5", "claude-haiku-4-5"),
    "gemini": ("gemini-2.5-flash", "gemini-2.5-pro"),
}
REAL_MODELS = {**MODELS, "anthropic": ("claude-sonnet-5-5", "claude-haiku-5-5")}
PATHS = {"openai": "/openai/v1", "anthropic": "/anthropic", "gemini": "/gemini"}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")  # it names a queue and a worker
LANES = ("core", "webhooks")  # ours
FIELDS = (
    *("kind", "base_url", "key", "models", "concurrency", "max_in_flight", "timeout_seconds"),
    "weight",
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
    if not NAME.fullmatch(name) or name in LANES:
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
    config = ProviderConfig(
        name=name,
        kind=kind,
        base_url=_base_url(table, kind, at),
        api_key=_secret(table.get("key"), kind, env, at),
        models=_models(table, kind, at),
    )
    return dataclasses.replace(config, **_numbers(table, at))


def _base_url(table: dict[str, Any], kind: str, at: str) -> str | None:
    url = table.get("base_url")
    if url is None and kind == "openai_compatible":
        raise ConfigError(f"{at}.base_url is needed for kind openai_compatible")
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


def _secret(given: Any, kind: str, env: Mapping[str, str], at: str) -> str:
    if given is None:
        given = f"env:{KEYS[kind]}" if kind in KEYS else "none"
    if not isinstance(given, str):
        raise ConfigError(f"{at}.key must be a text such as 'env:OPENAI_API_KEY'")
    if not given.startswith("env:"):
        return given
    value = env.get(given[4:])
    if not value:
        raise ConfigError(f"{at}.key names the variable {given[4:]}, which is not set")
    return value
