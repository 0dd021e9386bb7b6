"""Groups of models, compute modes, and what an operator knows better of a model and its price."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import ConfigError
from app.infra.settings_keys import NAME
from app.infra.settings_values import nearest
from providers import own_prices
from providers.capabilities import FIELDS, TASKS
from providers.own_prices import OwnPrices
from providers.pricing import provider_ids
from providers.routing.router import DEFAULT, STRATEGIES
from providers.types import ProviderConfig

TIERS = ("fast", "smart")  # groups that are there without being configured
EFFORTS = ("minimal", "low", "medium", "high")
TABLES = ("models", "modes", "capabilities", "prices")
NUMBERS = ("context", "output", "quality")
DEAREST = 10**12  # micro-dollars a million tokens


@dataclass(frozen=True, kw_only=True)
class Group:
    """A name for several deployments."""

    deployments: tuple[str, ...]  # as a job would name them
    strategy: str = DEFAULT


@dataclass(frozen=True, kw_only=True)
class Mode:
    """A name for a model or group together with an effort."""

    model: str
    effort: str


MODES = {
    "flash": Mode(model="fast", effort="low"),
    "think": Mode(model="smart", effort="medium"),
    "ultra-think": Mode(model="smart", effort="high"),
}


@dataclass(frozen=True, kw_only=True)
class RoutingSettings:
    groups: Mapping[str, Group] = field(default_factory=dict)
    modes: Mapping[str, Mode] = field(default_factory=lambda: dict(MODES))
    capabilities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by provider/model
    prices: Mapping[str, OwnPrices] = field(default_factory=dict)  # the same


def read_routing(
    document: Mapping[str, Any], providers: Mapping[str, ProviderConfig], source: str
) -> RoutingSettings:
    """The file's [models], [modes], [capabilities] and [prices] tables. Raises ConfigError."""
    tables = {name: document.get(name, {}) for name in TABLES}
    for name, table in tables.items():
        if not isinstance(table, dict) or not all(isinstance(t, dict) for t in table.values()):
            raise ConfigError(f"{source}: {name} must hold tables, as in [{name}.NAME]")
    return RoutingSettings(
        groups={
            name: _group(name, table, providers, source) for name, table in tables["models"].items()
        },
        modes=MODES | {name: _mode(name, t, source) for name, t in tables["modes"].items()},
        capabilities={
            name: _capabilities(name, t, source) for name, t in tables["capabilities"].items()
        },
        prices={name: _prices(name, t, source) for name, t in tables["prices"].items()},
    )


def _group(
    name: str, table: dict[str, Any], providers: Mapping[str, ProviderConfig], source: str
) -> Group:
    at = f"{source}: models.{name}"
    _known(table, ("deployments", "strategy"), at)
    if not NAME.fullmatch(name) or name in providers:
        raise ConfigError(
            f"{at}: a group's name has letters, digits, - and _; providers' are taken"
        )
    found = table.get("deployments")
    if not isinstance(found, list) or not found or not all(isinstance(d, str) for d in found):
        raise ConfigError(f"{at}.deployments must be a list such as ['openai/gpt-5-mini']")
    strategy = table.get("strategy", DEFAULT)
    if strategy not in STRATEGIES:
        raise ConfigError(f"{at}.strategy must be one of {', '.join(STRATEGIES)}, not {strategy!r}")
    return Group(deployments=tuple(found), strategy=strategy)


def _mode(name: str, table: dict[str, Any], source: str) -> Mode:
    at = f"{source}: modes.{name}"
    _known(table, ("model", "effort"), at)
    base = MODES.get(name, Mode(model="", effort="medium"))
    model, effort = table.get("model", base.model), table.get("effort", base.effort)
    if not isinstance(model, str) or not model:
        raise ConfigError(f"{at}.model must name a model or a group")
    if effort not in EFFORTS:
        raise ConfigError(f"{at}.effort must be one of {', '.join(EFFORTS)}, not {effort!r}")
    return Mode(model=model, effort=effort)


def _capabilities(name: str, table: dict[str, Any], source: str) -> dict[str, Any]:
    at = f"{source}: capabilities.{name!r}"
    _known(table, FIELDS, at)
    for key, value in table.items():
        if key in NUMBERS:
            good = type(value) is int and value > 0
        elif key == "tier":
            good = value in ("fast", "smart")
        elif key == "price_provider":
            good = _is_price_provider(value, at)
        elif key == "tasks":
            good = isinstance(value, dict) and all(map(_is_score, value.items()))
        else:
            good = isinstance(value, bool)
        if not good:
            raise ConfigError(f"{at}.{key}: {value!r} is not a value of it")
    return table


def _is_price_provider(value: Any, at: str) -> bool:
    """Raises ConfigError for a name that the price list does not have."""
    if not isinstance(value, str):
        return False
    known = provider_ids()
    if value not in known:
        hint = nearest(value, tuple(known))
        raise ConfigError(f"{at}.price_provider: the price list has no {value!r}{hint}")
    return True


def _is_score(pair: tuple[str, Any]) -> bool:
    task, score = pair
    return task in TASKS and type(score) is int and 1 <= score <= 100


def _prices(name: str, table: dict[str, Any], source: str) -> OwnPrices:
    at = f"{source}: prices.{name!r}"
    _known(table, own_prices.FIELDS, at)
    for key in ("input", "output"):
        if key not in table:
            raise ConfigError(f"{at}.{key} is needed: micro-dollars a million tokens")
    for key, value in table.items():
        if type(value) is not int or not 0 <= value <= DEAREST:
            raise ConfigError(
                f"{at}.{key} must be whole micro-dollars a million tokens, not {value!r}"
            )
    return OwnPrices.of(table, "operator")


def _known(table: dict[str, Any], names: tuple[str, ...], at: str) -> None:
    for key in table:
        if key not in names:
            hint = nearest(key, names) or f"; known are {', '.join(names)}"
            raise ConfigError(f"{at}: unknown setting {key!r}{hint}")
