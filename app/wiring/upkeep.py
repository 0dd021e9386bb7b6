"""What relay and reconciler run on: rows, limits and counts, and nothing of a call or a face."""

from functools import cached_property

from app.infra.job_counts import RedisJobCounts
from app.infra.notify import Notifier
from app.infra.postgres import Database
from app.infra.rate_buckets import RedisBuckets
from app.repositories.claims import ClaimRepository
from app.repositories.jobs import JobRepository
from app.repositories.outbox import OutboxRepository
from app.repositories.recovery import RecoveryRepository
from app.repositories.webhook_dispatch import DispatchRepository
from app.services.job_gauge import JobGauge
from app.services.recovery import RecoveryService
from app.services.stages import StageService
from app.wiring.held import Held
from providers.routing.allowances import Allowances

PATIENCE = 600.0  # seconds for which an answer is held while Postgres is away


class Upkeep(Held):
    """Services that keep jobs moving; a part of every container, and all of the lightest."""

    @cached_property
    def allowances(self) -> Allowances:
        url = self.settings.redis.url
        return Allowances(self.settings.providers, RedisBuckets(url) if url else None)

    @cached_property
    def claims(self) -> ClaimRepository:
        return ClaimRepository(self.app_db, PATIENCE)

    @cached_property
    def stages(self) -> StageService:
        return self._stages(self.app_db)

    def _stages(self, database: Database) -> StageService:
        return StageService(
            claims=self.claims if database is self.app_db else ClaimRepository(database),
            jobs=JobRepository(database),
            notifier=self.notifier if database is self.app_db else Notifier(database),
            settings=self.settings,
        )

    @cached_property
    def dispatch(self) -> DispatchRepository:
        return DispatchRepository(self.system_db)

    @cached_property
    def outbox(self) -> OutboxRepository:
        return OutboxRepository(self.system_db)

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
