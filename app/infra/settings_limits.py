"""Requests and tokens a minute: of a provider, of one of its keys, and of their models."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.errors import ConfigError
from app.infra.settings_values import nearest
from providers.types import RateLimits

FIELDS = ("requests_per_minute", "tokens_per_minute")
MOST = 10**12


def read_rates(table: Mapping[str, Any], at: str) -> dict[str, int]:
    """The table's own two numbers; 0 is none. Raises ConfigError."""
    found: dict[str, int] = {}
    for name in FIELDS:
        value = table.get(name, 0)
        if type(value) is not int or not 0 <= value <= MOST:
            raise ConfigError(f"{at}.{name} must be a number from 0 to {MOST}, not {value!r}")
        found[name] = value
    return found


def read_model_rates(
    table: Mapping[str, Any], models: Sequence[str], at: str
) -> dict[str, RateLimits]:
    """`limits."gpt-5-mini" = {requests_per_minute = 500}`, by model. Raises ConfigError."""
    given = table.get("limits", {})
    if not isinstance(given, dict) or not all(isinstance(one, dict) for one in given.values()):
        raise ConfigError(f'{at}.limits must hold tables, as in limits."MODEL"')
    found: dict[str, RateLimits] = {}
    for model, one in given.items():
        where = f"{at}.limits.{model!r}"
        if models and model not in models:
            hint = nearest(model, models) or f"; its models are {', '.join(models)}"
            raise ConfigError(f"{where}: no such model{hint}")
        for key in one:
            if key not in FIELDS:
                hint = nearest(key, FIELDS) or f"; known are {', '.join(FIELDS)}"
                raise ConfigError(f"{where}: unknown setting {key!r}{hint}")
        found[model] = RateLimits(**read_rates(one, where))
    return found
