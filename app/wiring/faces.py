"""The services that the API and the command line ask."""

from functools import cached_property

from app.infra.egress import Egress
from app.infra.egress_addresses import read_networks
from app.infra.postgres import APP_ROLE, Database, as_role
from app.infra.rate_limits import RateLimiter
from app.infra.sealing import Sealer
from app.repositories.events import EventRepository
from app.repositories.jobs import JobRepository
from app.repositories.schedules import ScheduleRepository
from app.repositories.submission import SubmissionRepository
from app.repositories.tenant_limits import TenantLimitRepository
from app.repositories.tenant_settings import TenantSettingsRepository
from app.repositories.tenants import KeyRepository, TenantRepository
from app.repositories.usage import UsageRepository
from app.repositories.webhook_deliveries import DeliveryRepository
from app.repositories.webhook_endpoints import WebhookEndpointRepository
from app.services.events import EventService
from app.services.health import HealthService
from app.services.job_watch import JobWatch
from app.services.jobs import JobService
from app.services.keys import KeyService
from app.services.pipelines import PipelineService
from app.services.providers import ProviderService
from app.services.schedules import ScheduleService
from app.services.schema_lint import SchemaLintService
from app.services.submissions import SubmissionService
from app.services.tenant_limits import LimitAdministration, LimitService
from app.services.tenant_settings import SettingsAdministration, TenantSettingsService
from app.services.tenants import TenantService
from app.services.usage import UsageService
from app.services.webhooks import WebhookService
from app.wiring.calls import Calls


class Faces(Calls):
    """Services for the faces."""

    @cached_property
    def watch(self) -> JobWatch:
        return JobWatch(as_role(self._url(APP_ROLE), APP_ROLE))

    @cached_property
    def egress(self) -> Egress:
        """The guard for every URL that a tenant can name."""
        given = self.settings.webhooks
        return Egress(allow=read_networks(given.allow_cidrs), allow_http=given.allow_http)

    @cached_property
    def sealer(self) -> Sealer:
        return Sealer(self.settings.security.secret_key)

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
            catalog=self.catalog,
        )

    @cached_property
    def schedules(self) -> ScheduleService:
        return ScheduleService(
            schedules=ScheduleRepository(self.app_db), submissions=self.submissions
        )

    @cached_property
    def events(self) -> EventService:
        return EventService(
            events=EventRepository(self.app_db), jobs=JobRepository(self.app_db), watch=self.watch
        )

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
