"""Builds the services from settings. Web, workers and CLI share it; everything is made lazily."""

import os
import socket
from dataclasses import replace
from functools import cached_property

from app.errors import ConfigError
from app.infra.answer_store import AnswerStore
from app.infra.circuits import RedisCircuits, RedisLoads
from app.infra.egress import Egress
from app.infra.egress_addresses import read_networks
from app.infra.job_counts import RedisJobCounts
from app.infra.notify import Notifier
from app.infra.plugins import load_plugins
from app.infra.postgres import APP_ROLE, SYSTEM_ROLE, Database, as_role
from app.infra.rate_buckets import RedisBuckets
from app.infra.rate_limits import RateLimiter
from app.infra.sealing import Sealer
from app.infra.settings import Settings
from app.infra.vector_store import RedisVectors
from app.repositories.claims import ClaimRepository
from app.repositories.events import EventRepository
from app.repositories.jobs import JobRepository
from app.repositories.outbox import OutboxRepository
from app.repositories.recovery import RecoveryRepository
from app.repositories.retention import RetentionRepository
from app.repositories.schedules import ScheduleRepository
from app.repositories.submission import SubmissionRepository
from app.repositories.tenant_limits import TenantLimitRepository
from app.repositories.tenant_settings import TenantSettingsRepository
from app.repositories.tenants import KeyRepository, TenantRepository
from app.repositories.usage import UsageRepository
from app.repositories.webhook_claims import DeliveryClaimRepository
from app.repositories.webhook_deliveries import DeliveryRepository
from app.repositories.webhook_dispatch import DispatchRepository
from app.repositories.webhook_endpoints import WebhookEndpointRepository
from app.services.answer_cache import AnswerCache, Caching
from app.services.asking import Asker
from app.services.batches import BatchService
from app.services.deployments import Catalog
from app.services.embedding_calls import Embedder
from app.services.events import EventService
from app.services.extraction import ExtractionService
from app.services.forgetting import Forgetting
from app.services.health import HealthService
from app.services.job_gauge import JobGauge
from app.services.job_watch import JobWatch
from app.services.jobs import JobService
from app.services.keys import KeyService
from app.services.leases import LeaseKeeper
from app.services.long_documents import LongDocumentService
from app.services.pipelines import PipelineService
from app.services.providers import ProviderService
from app.services.recovery import RecoveryService
from app.services.retention import RetentionService
from app.services.routing import Routes
from app.services.schedule_firing import FiringService
from app.services.schedules import ScheduleService
from app.services.schema_lint import SchemaLintService
from app.services.semantic_cache import SemanticCache
from app.services.semantic_middleware import NearCaching
from app.services.stages import StageService
from app.services.submissions import SubmissionService
from app.services.tenant_limits import LimitAdministration, LimitService
from app.services.tenant_settings import SettingsAdministration, TenantSettingsService
from app.services.tenants import TenantService
from app.services.usage import UsageService
from app.services.webhook_delivery import DeliveryService
from app.services.webhooks import WebhookService
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
from providers.routing.allowances import Allowances
from providers.routing.circuit import CircuitBreaker
from providers.routing.gate import Gate
from providers.routing.load import LoadBook


class Container:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._providers: dict[tuple[str, str], LLMProvider] = {}

    def _url(self, role: str) -> str:
        database = self.settings.database
        url = database.app_url if role == APP_ROLE else database.system_url
        url = url or database.url
        if not url:
            raise ConfigError(
                "PENSTOCK_DATABASE_URL must be set (`penstock up` sets it for the embedded one)"
            )
        return url

    # What processes hold: pools and threads
    @cached_property
    def app_db(self) -> Database:
        return Database(self._url(APP_ROLE), APP_ROLE, size=self.settings.database.pool_size)

    @cached_property
    def system_db(self) -> Database:
        return Database(self._url(SYSTEM_ROLE), SYSTEM_ROLE, size=2)

    @cached_property
    def notifier(self) -> Notifier:
        return Notifier(self.app_db)

    @cached_property
    def watch(self) -> JobWatch:
        return JobWatch(as_role(self._url(APP_ROLE), APP_ROLE))

    @cached_property
    def caller(self) -> Caller:
        return Caller()

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
    def allowances(self) -> Allowances:
        url = self.settings.redis.url
        return Allowances(self.settings.providers, RedisBuckets(url) if url else None)

    # For the faces
    @cached_property
    def keys(self) -> KeyService:
        return KeyService(KeyRepository(self.app_db))

    @cached_property
    def tenants(self) -> TenantService:
        return TenantService(TenantRepository(self.system_db))

    @cached_property
    def limits(self) -> LimitService:
        return LimitService(
            rows=TenantLimitRepository(self.app_db),
            limiter=RateLimiter(self.settings.redis.url),
            defaults=self.settings.limits,
        )

    @cached_property
    def limit_administration(self) -> LimitAdministration:
        return LimitAdministration(
            rows=TenantLimitRepository(self.system_db), tenants=TenantRepository(self.system_db)
        )

    @cached_property
    def catalog(self) -> Catalog:
        given = self.settings
        return Catalog(given.providers, given.jobs.default_model, given.routing, self.gate)

    @cached_property
    def routes(self) -> Routes:
        return Routes(self.catalog, self.settings.routing.modes)

    @cached_property
    def tenant_settings(self) -> TenantSettingsService:
        return self._tenant_settings(self.app_db)

    @cached_property
    def settings_administration(self) -> SettingsAdministration:
        return SettingsAdministration(
            settings=self._tenant_settings(self.system_db),
            tenants=TenantRepository(self.system_db),
        )

    def _tenant_settings(self, database: Database) -> TenantSettingsService:
        rows = TenantSettingsRepository(database)
        return TenantSettingsService(rows=rows, catalog=self.catalog, routes=self.routes)

    @cached_property
    def submissions(self) -> SubmissionService:
        return SubmissionService(
            jobs=JobRepository(self.app_db),
            submissions=SubmissionRepository(self.app_db),
            own=self.tenant_settings,
            notifier=self.notifier,
            webhooks=self.webhooks,
            limits=self.limits,
            settings=self.settings,
        )

    @cached_property
    def jobs(self) -> JobService:
        return JobService(
            jobs=JobRepository(self.app_db),
            notifier=self.notifier,
            watch=self.watch,
            forgetting=self.forgetting,
        )

    @cached_property
    def schedules(self) -> ScheduleService:
        return ScheduleService(
            schedules=ScheduleRepository(self.app_db), submissions=self.submissions
        )

    @cached_property
    def firing(self) -> FiringService:
        return FiringService(
            due=ScheduleRepository(self.system_db),
            schedules=ScheduleRepository(self.app_db),
            submissions=self.submissions,
            notifier=self.notifier,
            late_seconds=self.settings.schedules.late_seconds,
        )

    @cached_property
    def events(self) -> EventService:
        return EventService(
            events=EventRepository(self.app_db), jobs=JobRepository(self.app_db), watch=self.watch
        )

    @cached_property
    def egress(self) -> Egress:
        """The guard for every URL that a tenant can name."""
        given = self.settings.webhooks
        return Egress(allow=read_networks(given.allow_cidrs), allow_http=given.allow_http)

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer(self.settings.security.secret_key)

    @cached_property
    def webhooks(self) -> WebhookService:
        return WebhookService(
            endpoints=WebhookEndpointRepository(self.app_db),
            deliveries=DeliveryRepository(self.app_db),
            egress=self.egress,
            sealer=self.sealer,
            notifier=self.notifier,
            settings=self.settings.webhooks,
        )

    @cached_property
    def pipelines(self) -> PipelineService:
        return PipelineService()

    @cached_property
    def providers(self) -> ProviderService:
        return ProviderService(
            providers=self.settings.providers,
            catalog=self.catalog,
            gate=self.gate,
            caller=lambda: self.caller,
            provider=self.provider,
        )

    @cached_property
    def schema_lint(self) -> SchemaLintService:
        return SchemaLintService()

    @cached_property
    def usage(self) -> UsageService:
        return UsageService(UsageRepository(self.app_db))

    @cached_property
    def health(self) -> HealthService:
        return HealthService(self.app_db)

    # For workers
    @cached_property
    def claims(self) -> ClaimRepository:
        return ClaimRepository(self.app_db)

    @cached_property
    def leases(self) -> LeaseKeeper:
        url = as_role(self._url(APP_ROLE), APP_ROLE)
        return LeaseKeeper(self.app_db, url, self.settings)

    @cached_property
    def stages(self) -> StageService:
        return self._stages(self.app_db)

    @cached_property
    def extraction(self) -> ExtractionService:
        return ExtractionService(
            stages=self.stages,
            catalog=self.catalog,
            gate=self.gate,
            asker=Asker(
                stages=self.stages,
                catalog=self.catalog,
                caller=self.caller,
                provider=self.provider,
                gate=self.gate,
                chain=lambda: self.chain,  # plugins belong to the processes that make calls
            ),
        )

    @cached_property
    def chain(self) -> Chain:
        """What wraps every provider call, plugins among it. Raises ConfigError."""
        caching, limits = self._caching(), Limits(self.gate)
        built_in: tuple[Middleware, ...] = (
            *(caching, Retry(), Logging(), Metrics(), Privacy(), limits),
        )
        plugins = load_plugins(self.settings.middleware)
        found = {middleware.name: middleware for middleware in (*built_in, *plugins.values())}
        return Chain([found[name] for name in self.settings.middleware.order])

    def _caching(self) -> Caching:
        if self.semantic is None:
            return Caching(self.answers)
        return NearCaching(self.answers, self.semantic, self.stages)

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
        )
        store = RedisVectors(url, given.semantic_entries)
        return SemanticCache(store, embedder, given.threshold)

    @cached_property
    def forgetting(self) -> Forgetting:
        return Forgetting(self.answers, self.semantic)

    @cached_property
    def batches(self) -> BatchService:
        return BatchService(claims=self.claims, stages=self.stages, allowances=self.allowances)

    @cached_property
    def long_documents(self) -> LongDocumentService:
        return LongDocumentService(jobs=JobRepository(self.app_db), stages=self.stages)

    @cached_property
    def delivery(self) -> DeliveryService:
        return DeliveryService(
            claims=DeliveryClaimRepository(self.app_db),
            egress=self.egress,
            sealer=self.sealer,
            notifier=self.notifier,
            settings=self.settings.webhooks,
        )

    # For relay, reconciler and beat
    @cached_property
    def dispatch(self) -> DispatchRepository:
        return DispatchRepository(self.system_db)

    @cached_property
    def outbox(self) -> OutboxRepository:
        return OutboxRepository(self.system_db)

    @cached_property
    def retention(self) -> RetentionService:
        rows = RetentionRepository(self.system_db)
        return RetentionService(rows=rows, forgetting=self.forgetting, settings=self.settings.jobs)

    @cached_property
    def recovery_rows(self) -> RecoveryRepository:
        return RecoveryRepository(self.system_db)

    @cached_property
    def job_gauge(self) -> JobGauge:
        url = self.settings.redis.url
        return JobGauge(self.recovery_rows, RedisJobCounts(url) if url else None)

    @cached_property
    def recovery(self) -> RecoveryService:
        return RecoveryService(
            recovery=self.recovery_rows,
            claims=ClaimRepository(self.system_db),
            jobs=JobRepository(self.system_db),
            stages=self._stages(self.system_db),
            notifier=Notifier(self.system_db),
            settings=self.settings,
        )

    def _stages(self, database: Database) -> StageService:
        return StageService(
            claims=ClaimRepository(database),
            jobs=JobRepository(database),
            notifier=self.notifier if database is self.app_db else Notifier(database),
            settings=self.settings,
        )

    def close(self) -> None:
        """Close what was opened."""
        for name in ("watch", "leases", "app_db", "system_db"):
            if name in self.__dict__:
                self.__dict__[name].close()
