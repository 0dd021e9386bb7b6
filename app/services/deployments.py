"""Which deployments a job's `model` means, by the configured providers."""

from collections.abc import Mapping
from dataclasses import dataclass

from providers.errors import UnknownModel
from providers.routing import deployments
from providers.types import ProviderConfig

__all__ = ["Catalog", "Target", "UnknownModel"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A model with the settings of its provider."""

    provider: ProviderConfig
    model: str  # the vendor's own name


class Catalog:
    """The configured providers and their models."""

    def __init__(
        self, providers: Mapping[str, ProviderConfig], default_model: str | None = None
    ) -> None:
        self._providers = providers
        listed = [f"{p.name}/{m}" for p in providers.values() for m in p.models]
        self._default = default_model or (listed[0] if listed else None)

    def models(self) -> list[str]:
        """Every configured model, as provider/model."""
        return [f"{p.name}/{model}" for p in self._providers.values() for model in p.models]

    def expand(self, name: str | None) -> list[str]:
        """The deployments that a name stands for, as provider/model, in the order to try.

        None stands for the default. Raises UnknownModel.
        """
        name = name or self._default
        if name is None:
            raise UnknownModel("no provider is configured, so a model must be named")
        found = deployments.resolve(name, self._providers.values())
        return [f"{d.provider}/{d.model}" for d in found]

    def target(self, spec: str) -> Target:
        """The deployment of an expanded name. Raises UnknownModel when it is gone."""
        found = deployments.resolve(spec, self._providers.values())[0]
        return Target(provider=self._providers[found.provider], model=found.model)
