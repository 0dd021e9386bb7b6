"""The services that workers, relay, reconciler and beat run."""

from functools import cached_property

from app.infra.postgres import APP_ROLE, as_role
from app.repositories.jobs import JobRepository
from app.repositories.retention import RetentionRepository
from app.repositories.schedules import ScheduleRepository
from app.repositories.webhook_claims import DeliveryClaimRepository
from app.services.asking import Asker
from app.services.batches import BatchService
from app.services.extraction import ExtractionService
from app.services.leases import LeaseKeeper
from app.services.long_documents import LongDocumentService
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
    def retention(self) -> RetentionService:
        rows = RetentionRepository(self.system_db)
        return RetentionService(rows=rows, forgetting=self.forgetting, settings=self.settings.jobs)
