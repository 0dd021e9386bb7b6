"""Provider tables: read from the file, or made from the keys in the environment."""

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any

from app.errors import ConfigError
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
FIELDS = ("kind", "base_url", "key", "models", "concurrency", "timeout_seconds", "weight")


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
    if not name.replace("_", "").replace("-", "").isalnum() or name == "core":
        raise ConfigError(f"{at}: a provider's name has letters, digits, - and _ (not 'core')")
    for key in table:
        if key not in FIELDS:
            near = difflib.get_close_matches(key, FIELDS, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(FIELDS)}"
            raise ConfigError(f"{at}: unknown setting {key!r}{hint}")
    kind = table.get("kind", name if name in KINDS else None)
    if kind not in KINDS:
        raise ConfigError(f"{at}.kind must be one of {', '.join(KINDS)}")
    if kind == "openai_compatible" and not table.get("base_url"):
        raise ConfigError(f"{at}.base_url is needed for kind openai_compatible")
    models = table.get("models", REAL_MODELS.get(kind, ()))
    if not isinstance(models, list | tuple) or not all(isinstance(m, str) and m for m in models):
        raise ConfigError(f"{at}.models must be a list of names")
    config = ProviderConfig(
        name=name,
        kind=kind,
        base_url=table.get("base_url"),
        api_key=_secret(table.get("key"), kind, env, at),
        models=tuple(models),
    )
    numbers = {"concurrency": (int, 1, 512), "timeout_seconds": (float, 0.1, 3600.0)}
    for key, (cast, low, high) in {**numbers, "weight": (int, 0, 1000)}.items():
        if key not in table:
            continue
        value = table[key]
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            raise ConfigError(f"{at}.{key} must be a number from {low} to {high}, not {value!r}")
        config = dataclasses.replace(config, **{key: cast(value)})
    return config


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
