"""The configured providers: what each offers, how it stands, whether it answers."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from app.services.deployments import Catalog
from providers.base import LLMProvider
from providers.calls import Caller
from providers.capabilities import Capabilities
from providers.errors import ProviderError
from providers.pricing import Rates
from providers.routing.candidates import Needs
from providers.routing.circuit import Standing
from providers.routing.gate import Gate
from providers.types import Health, ProviderConfig

PROBE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    name: str  # provider/model
    capabilities: Capabilities
    rates: Rates | None  # None: unpriced
    circuit: Standing  # of the key that stands best


@dataclass(frozen=True, kw_only=True)
class KeyInfo:
    name: str  # "" of a single one
    weight: int
    circuit: Standing  # the worst, of the key and of each model with it


@dataclass(frozen=True, kw_only=True)
class ProviderInfo:
    config: ProviderConfig
    models: tuple[ModelInfo, ...]
    keys: tuple[KeyInfo, ...]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What one key of a provider was answered."""

    provider: str
    key: str
    health: Health


class ProviderService:
    def __init__(
        self,
        *,
        providers: Mapping[str, ProviderConfig],
        catalog: Catalog,
        gate: Gate,
        caller: Callable[[], Caller],
        provider: Callable[[str, str], LLMProvider],
    ) -> None:
        self._providers = providers
        self._catalog = catalog
        self._gate = gate
        self._caller = caller
        self._provider = provider

    def describe(self, catalog: Catalog | None = None) -> list[ProviderInfo]:
        """In the settings' order; `catalog`: as one tenant sees the models."""
        seen = catalog or self._catalog
        return [self._info(config, seen) for config in self._providers.values()]

    def probe(self, seconds: float = PROBE_SECONDS) -> list[Probe]:
        """Ask every provider, with each of its keys, for its models: all at once.

        Costs nothing, raises nothing, and takes little more than `seconds`.
        """
        wanted = [(p.name, c.name) for p in self._providers.values() for c in p.credentials]
        if not wanted:
            return []
        with ThreadPoolExecutor(max_workers=len(wanted)) as threads:
            found = threads.map(lambda pair: self._probe(pair, seconds), wanted)
            return list(found)

    def _probe(self, pair: tuple[str, str], seconds: float) -> Probe:
        name, key = pair
        try:
            adapter = self._provider(name, key)
            health = self._caller().run(adapter, adapter.health(seconds), timeout=seconds)
        except ProviderError as error:
            health = Health(ok=False, detail=error.message)
        except (ValueError, ImportError) as error:  # the settings, or a package that is missing
            health = Health(ok=False, detail=str(error))
        return Probe(provider=name, key=key, health=health)

    def _info(self, config: ProviderConfig, catalog: Catalog) -> ProviderInfo:
        return ProviderInfo(
            config=config,
            models=tuple(_model(f"{config.name}/{model}", catalog) for model in config.models),
            keys=tuple(
                KeyInfo(name=c.name, weight=c.weight, circuit=self._standing(config, c.name))
                for c in config.credentials
            ),
        )

    def _standing(self, config: ProviderConfig, key: str) -> Standing:
        models = config.models or ("",)
        found = [self._gate.standing(config.name, model, key) for model in models]
        return max(found, key=lambda s: (s.state == "open", s.state != "closed", s.seconds))


def _model(name: str, catalog: Catalog) -> ModelInfo:
    decision = catalog.decide(name, Needs())
    found = next(judged.candidate for judged in (*decision.kept, *decision.dropped))
    return ModelInfo(
        name=name,
        capabilities=found.capabilities,
        rates=found.rates,
        circuit=found.circuit,
    )
