"""Which middleware wraps provider calls, in which order, and what plugins may do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import ConfigError
from app.infra.settings_values import nearest
from providers.middleware.base import PERMISSIONS
from providers.middleware.plugin import PluginRules

# Outermost first: a cached answer costs no call, so nothing inside hears of it; what goes out
# last is what `limits` lets go out.
BUILT_IN = ("cache", "retry", "logging", "metrics", "privacy", "limits")
TABLES = ("middleware", "plugins")
FIELDS = ("enabled", "grant", "required", "timeout_seconds", "settings")


@dataclass(frozen=True, kw_only=True)
class PluginSettings:
    """One plugin that the operator has enabled."""

    rules: PluginRules
    settings: Mapping[str, Any] = field(default_factory=dict)  # its own; handed to its class


@dataclass(frozen=True, kw_only=True)
class MiddlewareSettings:
    order: tuple[str, ...] = BUILT_IN  # outermost first
    plugins: Mapping[str, PluginSettings] = field(default_factory=dict)


def read_middleware(document: Mapping[str, Any], source: str) -> MiddlewareSettings:
    """The file's [middleware] and [plugins.NAME] tables. Raises ConfigError."""
    tables = document.get("plugins", {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise ConfigError(f"{source}: plugins must hold tables, as in [plugins.NAME]")
    found = {name: _plugin(name, table, source) for name, table in tables.items()}
    plugins = {name: plugin for name, plugin in found.items() if plugin is not None}
    return MiddlewareSettings(
        order=_order(document.get("middleware", {}), tuple(plugins), source), plugins=plugins
    )


def _order(table: Any, plugins: tuple[str, ...], source: str) -> tuple[str, ...]:
    at = f"{source}: middleware"
    if not isinstance(table, dict):
        raise ConfigError(f"{at} must be a table")
    _known(table, ("order",), at)
    order = table.get("order", [*plugins, *BUILT_IN])
    if not isinstance(order, list) or not all(isinstance(name, str) for name in order):
        raise ConfigError(f"{at}.order must be a list such as {list(BUILT_IN)}")
    known = (*plugins, *BUILT_IN)
    for name in order:
        if name not in known:
            hint = nearest(name, known) or f"; known are {', '.join(known)}"
            raise ConfigError(f"{at}.order: {name!r} is no middleware in force{hint}")
    missing = [name for name in known if name not in order]
    if missing or len(set(order)) < len(order):
        raise ConfigError(f"{at}.order must name each of {', '.join(known)} once")
    return tuple(order)


def _plugin(name: str, table: dict[str, Any], source: str) -> PluginSettings | None:
    at = f"{source}: plugins.{name}"
    _known(table, FIELDS, at)
    if name in BUILT_IN:
        raise ConfigError(f"{at}: {name!r} is built in")
    grant = table.get("grant", [])
    if not isinstance(grant, list) or not all(permission in PERMISSIONS for permission in grant):
        raise ConfigError(f"{at}.grant must be a list of some of {', '.join(PERMISSIONS)}")
    seconds = table.get("timeout_seconds", PluginRules.timeout_seconds)
    if type(seconds) not in (int, float) or not 0 < seconds <= 60:
        raise ConfigError(f"{at}.timeout_seconds must be a number up to 60")
    own = table.get("settings", {})
    if not isinstance(own, dict):
        raise ConfigError(f"{at}.settings must be a table")
    rules = PluginRules(
        grant=frozenset(grant),
        required=_flag(table, "required", False, at),
        timeout_seconds=float(seconds),
    )
    plugin = PluginSettings(rules=rules, settings=own)
    return plugin if _flag(table, "enabled", True, at) else None


def _flag(table: dict[str, Any], name: str, default: bool, at: str) -> bool:
    value = table.get(name, default)
    if not isinstance(value, bool):
        raise ConfigError(f"{at}.{name} must be true or false")
    return value


def _known(table: dict[str, Any], names: tuple[str, ...], at: str) -> None:
    for key in table:
        if key not in names:
            hint = nearest(key, names) or f"; known are {', '.join(names)}"
            raise ConfigError(f"{at}: unknown setting {key!r}{hint}")
