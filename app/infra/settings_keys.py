"""A provider's keys: one, or several with weights; from the file or the environment."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import ConfigError
from app.infra import settings_limits
from app.infra.settings_values import nearest
from providers.llm.presets import PRESETS
from providers.types import Credential

KEYS = {  # these make a provider by being set
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GEMINI_API_KEY",
}
NAMED = KEYS | {kind: preset.key for kind, preset in PRESETS.items() if preset.key}
CHAIN = {"bedrock": "AWS_BEARER_TOKEN_BEDROCK"}  # without it, boto3 looks for credentials
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")  # it names a queue and a worker
KEY_FIELDS = ("name", "key", "weight", "limits", *settings_limits.FIELDS)


def read_keys(
    table: dict[str, Any], kind: str, env: Mapping[str, str], at: str, models: Sequence[str] = ()
) -> tuple[Credential, ...]:
    """Several keys: `keys = [{name = "main", key = "env:A", weight = 3}, ...]`."""
    given = table.get("keys", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ConfigError(f"{at}.keys must be a list of tables with name, key and weight")
    if given and "key" in table:
        raise ConfigError(f"{at} has both key and keys; give one of them")
    found = tuple(
        _credential(one, kind, env, f"{at}.keys[{number}]", models)
        for number, one in enumerate(given)
    )
    names = [credential.name for credential in found]
    if len(set(names)) < len(names):
        raise ConfigError(f"{at}.keys: each key needs a name of its own")
    if found and not any(credential.weight for credential in found):
        raise ConfigError(f"{at}.keys: at least one weight must be above 0")
    return found


def _credential(
    given: dict[str, Any], kind: str, env: Mapping[str, str], at: str, models: Sequence[str]
) -> Credential:
    for key in given:
        if key not in KEY_FIELDS:
            hint = nearest(key, KEY_FIELDS) or f"; known are {', '.join(KEY_FIELDS)}"
            raise ConfigError(f"{at}: unknown setting {key!r}{hint}")
    name, weight = given.get("name"), given.get("weight", 1)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ConfigError(f"{at}.name must have letters, digits, - and _")
    if type(weight) is not int or not 0 <= weight <= 1000:
        raise ConfigError(f"{at}.weight must be a number from 0 to 1000, not {weight!r}")
    if "key" not in given:
        raise ConfigError(f"{at}.key is needed")
    return Credential(
        name=name,
        secret=read_secret(given["key"], kind, env, at),
        weight=weight,
        limits=settings_limits.read_model_rates(given, models, at),
        **settings_limits.read_rates(given, at),
    )


def read_secret(given: Any, kind: str, env: Mapping[str, str], at: str) -> str:
    if given is None and kind in CHAIN:
        return env.get(CHAIN[kind], "")
    if given is None:
        given = f"env:{NAMED[kind]}" if kind in NAMED else "none"
    if not isinstance(given, str):
        raise ConfigError(f"{at}.key must be a text such as 'env:OPENAI_API_KEY'")
    if not given.startswith("env:"):
        return given
    value = env.get(given[4:])
    if not value:
        raise ConfigError(f"{at}.key names the variable {given[4:]}, which is not set")
    return value
