"""Which deployment a job's `model` means."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from providers.types import ProviderConfig


class UnknownModel(ValueError):
    """The name means no deployment; the message says which it may have meant."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    provider: ProviderConfig
    model: str  # the vendor's own name

    @property
    def spec(self) -> str:
        """provider/model, as a job carries it."""
        return f"{self.provider.name}/{self.model}"


class Catalog:
    """The configured providers and their models."""

    def __init__(
        self, providers: Mapping[str, ProviderConfig], default_model: str | None = None
    ) -> None:
        self._providers = providers
        self._default = default_model
        self._known = [f"{p.name}/{m}" for p in providers.values() for m in p.models]

    def resolve(self, spec: str | None) -> Deployment:
        """`provider/model`, a bare model that one provider lists, or None for the default.

        Raises UnknownModel.
        """
        spec = spec or self._default or (self._known[0] if self._known else None)
        if spec is None:
            raise UnknownModel("no provider is configured, so a model must be named")
        name, slash, model = spec.partition("/")
        provider = self._providers.get(name)
        if slash and provider is not None:
            if provider.models and model not in provider.models:
                raise UnknownModel(f"provider {name!r} has no model {model!r}{self._hint(spec)}")
            if model:
                return Deployment(provider=provider, model=model)
        owners = [p for p in self._providers.values() if spec in p.models]
        if not owners:
            raise UnknownModel(f"no provider has the model {spec!r}{self._hint(spec)}")
        return Deployment(provider=owners[0], model=spec)

    def _hint(self, spec: str) -> str:
        near = difflib.get_close_matches(spec, self._known, n=1)
        known = ", ".join(self._known[:10])
        return f"; did you mean {near[0]!r}?" if near else f"; known are {known}"
