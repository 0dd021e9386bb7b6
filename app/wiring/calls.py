"""What provider calls are made with and go through."""

import os
import socket
from dataclasses import replace
from functools import cached_property

from app.infra.answer_store import AnswerStore
from app.infra.circuits import RedisCircuits, RedisLoads
from app.infra.detectors import load_detectors
from app.infra.plugins import load_plugins
from app.infra.settings import Settings
from app.infra.vector_store import RedisVectors
from app.services.answer_cache import AnswerCache, Caching
from app.services.deployments import Catalog
from app.services.embedding_calls import Embedder
from app.services.forgetting import Forgetting
from app.services.routing import Routes
from app.services.semantic_cache import SemanticCache
from app.services.semantic_middleware import NearCaching
from app.wiring.upkeep import Upkeep
from providers.adapter import Adapter
from providers.base import LLMProvider
from providers.calls import Caller
from providers.middleware.base import Middleware
from providers.middleware.chain import Chain
from providers.middleware.limits import Limits
from providers.middleware.logging import Logging
from providers.middleware.metrics import Metrics
from providers.middleware.privacy import Privacy
from providers.middleware.retry import Retry
from providers.registry import build
from providers.routing.circuit import CircuitBreaker
from providers.routing.gate import Gate
from providers.routing.load import LoadBook


class Calls(Upkeep):
    """Providers, what they may be asked, and what wraps a call."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._providers: dict[tuple[str, str], LLMProvider] = {}

    def provider(self, name: str, credential: str = "") -> LLMProvider:
        """The adapter of a provider with one of its keys, made once a process."""
        found = self._providers.get((name, credential))
        if found is None:
            config = self.settings.providers[name]
            key = next((c for c in config.credentials if c.name == credential), None)
            # A key that was taken out of the settings still names calls on record.
            secret = key.secret if key else config.api_key
            adapter = build(replace(config, api_key=secret))
            if isinstance(adapter, Adapter):
                adapter.load()  # not between the count of a call and its leaving
            found = self._providers.setdefault((name, credential), adapter)
        return found

    @cached_property
    def caller(self) -> Caller:
        return Caller()

    @cached_property
    def gate(self) -> Gate:
        """Circuits and limits, shared with the other processes while there is a Redis."""
        url = self.settings.redis.url
        process = f"{socket.gethostname()}-{os.getpid()}"
        return Gate(
            CircuitBreaker(shared=RedisCircuits(url) if url else None),
            loads=LoadBook(process, RedisLoads(url) if url else None),
            allowances=self.allowances,
        )

    @cached_property
    def catalog(self) -> Catalog:
        given = self.settings
        return Catalog(given.providers, given.jobs.default_model, given.routing, self.gate)

    @cached_property
    def routes(self) -> Routes:
        return Routes(self.catalog, self.settings.routing.modes)

    @cached_property
    def answers(self) -> AnswerCache:
        url = self.settings.redis.url
        store = AnswerStore(url) if url else None
        return AnswerCache(store, self.settings.cache.ttl_seconds, self.claims.alive)

    @cached_property
    def semantic(self) -> SemanticCache | None:
        """Off unless the settings say otherwise, and without a Redis."""
        given, url = self.settings.cache, self.settings.redis.url
        if not given.semantic or not given.embedding_model or not url:
            return None
        name, _, model = given.embedding_model.partition("/")
        embedder = Embedder(
            config=self.settings.providers[name],
            model=model,
            gate=self.gate,
            caller=lambda: self.caller,
            provider=self.provider,
            prices=self.settings.routing.prices.get(given.embedding_model),
            price_provider=self.settings.routing.capabilities.get(given.embedding_model, {}).get(
                "price_provider"
            ),
        )
        store = RedisVectors(url, given.semantic_entries)
        return SemanticCache(store, embedder, given.threshold)

    @cached_property
    def forgetting(self) -> Forgetting:
        return Forgetting(self.answers, self.semantic)

    @cached_property
    def chain(self) -> Chain:
        """What wraps every provider call, plugins among it. Raises ConfigError."""
        caching, limits = self._caching(), Limits(self.gate)
        privacy = Privacy(load_detectors(self.settings.privacy))
        built_in: tuple[Middleware, ...] = (
            *(caching, Retry(), Logging(), Metrics(), privacy, limits),
        )
        plugins = load_plugins(self.settings.middleware)
        found = {middleware.name: middleware for middleware in (*built_in, *plugins.values())}
        return Chain([found[name] for name in self.settings.middleware.order])

    def _caching(self) -> Caching:
        if self.semantic is None:
            return Caching(self.answers)
        return NearCaching(self.answers, self.semantic, self.stages)
