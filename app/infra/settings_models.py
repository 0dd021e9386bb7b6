"""Models that the settings name: each must stand for something that is configured."""

from collections.abc import Mapping

from app.errors import ConfigError
from app.infra.settings_routing import MODES, TIERS, RoutingSettings
from app.infra.settings_values import nearest
from providers.errors import UnknownModel
from providers.routing.deployments import resolve
from providers.types import ProviderConfig

Providers = Mapping[str, ProviderConfig]


def check_models(
    routing: RoutingSettings, default_model: str | None, providers: Providers, source: str
) -> None:
    """Raises ConfigError for a name that no job could be served by, or none is served under."""
    groups = {*routing.groups, *TIERS}
    for name, group in routing.groups.items():
        for n, deployment in enumerate(group.deployments):
            _resolved(deployment, providers, f"{source}: models.{name}.deployments[{n}]")
    for name, mode in routing.modes.items():
        if mode.model not in groups and mode != MODES.get(name):
            _resolved(mode.model, providers, f"{source}: modes.{name}.model")
    if default_model is not None and default_model not in groups:
        _resolved(default_model, providers, "jobs.default_model")
    for table in ("capabilities", "prices"):
        for name in getattr(routing, table):
            _owned(name, providers, f"{source}: {table}.{name!r}")


def _owned(name: str, providers: Providers, at: str) -> None:
    provider = name.partition("/")[0]
    if provider not in providers:
        hint = nearest(provider, providers)
        raise ConfigError(f"{at}: no provider is named {provider!r}{hint}")


def _resolved(name: str, providers: Providers, at: str) -> None:
    try:
        resolve(name, providers.values())
    except UnknownModel as error:
        raise ConfigError(f"{at}: {error}") from error
