"""The services that workers, relay, reconciler and beat run."""

from functools import cached_property

from app.infra.job_counts import RedisJobCounts
from app.infra.notify import Notifier
from app.infra.postgres import APP_ROLE, as_role
from app.repositories.claims import ClaimRepository
from app.repositories.jobs import JobRepository
from app.repositories.outbox import OutboxRepository
from app.repositories.recovery import RecoveryRepository
from app.repositories.retention import RetentionRepository
from app.repositories.schedules import ScheduleRepository
from app.repositories.webhook_claims import DeliveryClaimRepository
from app.repositories.webhook_dispatch import DispatchRepository
from app.services.asking import Asker
from app.services.batches import BatchService
from app.services.extraction import ExtractionService
from app.services.job_gauge import JobGauge
from app.services.leases import LeaseKeeper
from app.services.long_documents import LongDocumentService
from app.services.recovery import RecoveryService
from app.services.retention import RetentionService
from app.services.schedule_firing import FiringService
from app.services.webhook_delivery import DeliveryService
from app.wiring.faces import Faces


class Work(Faces):
    """Services for the processes that do the work."""

    @cached_property
    def leases(self) -> LeaseKeeper:
        url = as_role(self._url(APP_ROLE), APP_ROLE)
        return LeaseKeeper(self.app_db, url, self.settings)

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
