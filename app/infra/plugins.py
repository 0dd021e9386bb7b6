"""Plugins: middleware of others, found by entry points, loaded only when the operator says so."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from app.errors import ConfigError
from app.infra.settings_middleware import MiddlewareSettings, PluginSettings
from app.infra.settings_values import nearest
from providers.middleware.base import Middleware
from providers.middleware.plugin import Guarded

GROUP = "penstock.middleware"


def installed() -> dict[str, EntryPoint]:
    """Every plugin of this Python, by name; none is imported."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load_plugins(settings: MiddlewareSettings) -> Mapping[str, Guarded]:
    """The enabled ones under guard. Raises ConfigError naming the plugin and what it lacks."""
    found = installed() if settings.plugins else {}
    return {name: _load(name, given, found) for name, given in settings.plugins.items()}


def _load(name: str, given: PluginSettings, found: Mapping[str, EntryPoint]) -> Guarded:
    point = found.get(name)
    if point is None:
        hint = nearest(name, found) or f"; installed are {', '.join(found) or 'none'}"
        raise ConfigError(f"plugins.{name}: no installed package has such a plugin{hint}")
    try:
        plugin = point.load()(**given.settings)
    except (Exception, SystemExit) as error:  # whatever a stranger's code raises
        raise ConfigError(f"plugins.{name}: {type(error).__name__}: {error}") from error
    if not isinstance(plugin, Middleware) or getattr(plugin, "name", None) != name:
        raise ConfigError(
            f"plugins.{name}: {point.value} must give a providers.middleware.base.Middleware"
            f" whose name is {name!r}"
        )
    try:
        return Guarded(plugin, given.rules)
    except TypeError as error:
        raise ConfigError(f"plugins.{name}: its permissions are not a set of names") from error
    except ValueError as error:
        raise ConfigError(f"plugins.{name}: it {error}; see `penstock plugins`") from error
