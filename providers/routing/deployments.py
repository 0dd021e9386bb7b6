"""Which deployments a job's `model` means, in the order in which they are tried."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from providers.errors import UnknownModel
from providers.types import ProviderConfig


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One model at one provider."""

    provider: str  # the name of its settings table
    model: str  # the vendor's own name
    lane: str  # whose queue serves it


def resolve(
    models: str | Sequence[str], providers: Iterable[ProviderConfig]
) -> tuple[Deployment, ...]:
    """The deployments of a model or a list of models: each next one is a fallback.

    A name is `provider/model`, a provider (its default model), or a bare model, which stands for
    every provider that lists it, heaviest first. Raises UnknownModel.
    """
    configs = list(providers)
    names = [models] if isinstance(models, str) else list(models)
    if not names:
        raise UnknownModel("no model was named", model="")
    found = [deployment for name in names for deployment in _resolve(name, configs)]
    return tuple(dict.fromkeys(found))


def _resolve(name: str, configs: list[ProviderConfig]) -> list[Deployment]:
    head, _, model = name.partition("/")
    for config in configs:
        if config.name == head:
            model = model or next(iter(config.models), "")
            if not model or (config.models and model not in config.models):
                raise _unknown(name, configs)
            return [_deployment(config, model)]
    owners = sorted((c for c in configs if name in c.models), key=lambda c: -c.weight)
    if not owners:
        raise _unknown(name, configs)
    return [_deployment(config, name) for config in owners]


def _deployment(config: ProviderConfig, model: str) -> Deployment:
    return Deployment(provider=config.name, model=model, lane=config.name)


def _unknown(name: str, configs: list[ProviderConfig]) -> UnknownModel:
    known = [f"{config.name}/{model}" for config in configs for model in config.models]
    bare = {model: f"{config.name}/{model}" for config in configs for model in config.models}
    near = difflib.get_close_matches(name, [*known, *bare], n=1)
    hint = f"; the nearest is {bare.get(near[0], near[0])!r}" if near else ""
    listed = ", ".join(known[:20]) or "none"
    return UnknownModel(f"unknown model {name!r}{hint}; known models: {listed}", model=name)
