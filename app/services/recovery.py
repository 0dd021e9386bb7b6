"""What the reconciler does about each thing that stalled."""

import logging
from collections.abc import Callable, Mapping

from app.infra.notify import CANCELS, JOBS, OUTBOX, Notifier
from app.infra.settings import Settings
from app.repositories.claims import ClaimRepository
from app.repositories.jobs import JobRepository
from app.repositories.recovery import RecoveryRepository
from app.services.stages import StageService

log = logging.getLogger(__name__)
BACKLOG_PATIENCE = 20  # a stage behind a backlog is sent again after so many times the usual age
Depths = Callable[[list[str]], Mapping[str, int | None]]  # messages waiting, by lane


class RecoveryService:
    def __init__(
        self,
        *,
        recovery: RecoveryRepository,
        claims: ClaimRepository,
        jobs: JobRepository,
        stages: StageService,
        notifier: Notifier,
        settings: Settings,
    ) -> None:
        self._recovery = recovery
        self._claims = claims
        self._jobs = jobs
        self._stages = stages
        self._notifier = notifier
        self._cap = settings.reconciler.max_recoveries
        self._age = settings.reconciler.redispatch_after_seconds

    def run(self, depths: Depths) -> dict[str, int]:
        """One round; how many of each were found."""
        found = {
            "past_due": self.stop_past_due(),
            "canceling": self.settle_canceling(),
            "worn_out": self.bury_worn_out(),
            "expired_leases": len(self._recovery.give_back_expired(self._cap)),
            "lost_messages": self.redispatch(depths),
            "forgotten": len(self._recovery.dispatch_forgotten(self._age)),
            "analyzed": self._recovery.analyze_outgrown(),
        }
        if found["expired_leases"] or found["lost_messages"] or found["forgotten"]:
            self._notifier.send(OUTBOX)
        return found

    def stop_past_due(self) -> int:
        """Jobs past their deadline or Cancel-After: stop them."""
        stopped = self._recovery.stop_past_due()
        for job in stopped:
            self._notifier.send(CANCELS, job.job_id)
            self._jobs.settle_cancel(job.tenant_id, job.job_id)
            self._notifier.send(JOBS, job.job_id)
        return len(stopped)

    def settle_canceling(self) -> int:
        """Canceling jobs that nobody works on: end them."""
        jobs = self._recovery.canceling()
        for job in jobs:
            self._recovery.release_canceled(job)
            self._jobs.settle_cancel(job.tenant_id, job.job_id)
            self._notifier.send(JOBS, job.job_id)
        return len(jobs)

    def bury_worn_out(self) -> int:
        """Stages past the cap of recoveries: dead, and their jobs failed."""
        worn = self._recovery.worn_out(self._cap)
        for tenant_id, stage_id in worn:
            claim = self._claims.take(tenant_id, stage_id)
            if claim is not None:
                self._stages.bury(claim)
        return len(worn)

    def redispatch(self, depths: Depths) -> int:
        """Stages whose message is gone: their queue is empty, or they have waited very long."""
        waiting = list(self._recovery.waiting_lanes(self._age))
        if not waiting:
            return 0
        depth = depths(waiting)
        empty = [lane for lane in waiting if depth.get(lane) == 0]
        sent = self._recovery.redispatch(empty, self._age) if empty else []
        behind = [lane for lane in waiting if depth.get(lane)]
        if behind:
            sent += self._recovery.redispatch(behind, self._age * BACKLOG_PATIENCE)
        return len(sent)
