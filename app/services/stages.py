"""Ends stages: done, failed, put back, canceled. Each write is fenced by the claim's epoch."""

from typing import Any

from app.infra.notify import JOBS, OUTBOX, Notifier
from app.infra.settings import Settings
from app.repositories.claims import Claim, ClaimRepository, StageEnd
from app.repositories.jobs import JobRepository
from app.repositories.records import PRIORITIES, Call


class ClaimLost(Exception):
    """Another worker has, or may have, this stage: nothing was written."""


class StageService:
    def __init__(
        self,
        *,
        claims: ClaimRepository,
        jobs: JobRepository,
        notifier: Notifier,
        settings: Settings,
    ) -> None:
        self._claims = claims
        self._jobs = jobs
        self._notifier = notifier
        self._grace = settings.reconciler.join_grace_seconds
        self._max_recoveries = settings.reconciler.max_recoveries

    def begin_call(self, claim: Claim, **choice: Any) -> Call:
        """Write a provider call's intent. Raises ClaimLost."""
        call = self._claims.begin_call(claim, **choice)
        if call is None:
            raise ClaimLost
        return call

    def end_call(self, claim: Claim, call: Call) -> None:
        """Checkpoint a provider call. Raises ClaimLost."""
        if not self._claims.end_call(claim, call):
            raise ClaimLost

    def pass_on(self, claim: Claim, end: StageEnd | None = None, call: Call | None = None) -> bool:
        """The stage is done and its chain may go on. Raises ClaimLost."""
        self._after(claim, self._claims.pass_on(claim, end or StageEnd(), call))
        self._notifier.send(JOBS, claim.job.id)
        return True

    def succeed(self, claim: Claim, output: Any, report: dict[str, Any] | None = None) -> bool:
        """The job is done and this is its output. Raises ClaimLost."""
        self._end_job(claim, StageEnd(output=None, report=report), "succeeded", output)
        return True

    def fail(self, claim: Claim, error: dict[str, Any], end: StageEnd | None = None) -> bool:
        """The stage failed, and the job with it; an item only counts as failed.

        True for an item, whose chord goes on. Raises ClaimLost.
        """
        end = end or StageEnd(status="failed", error=error)
        if claim.join_id is not None:
            return self.end_item(claim, end)
        self._end_job(claim, end, "failed", None)
        return False

    def end_item(self, claim: Claim, end: StageEnd, call: Call | None = None) -> bool:
        """One item of a batch has ended. Raises ClaimLost."""
        status = self._claims.end_item(
            claim, end, call, grace=self._grace, priority=PRIORITIES[claim.job.priority]
        )
        self._after(claim, status)
        return True

    def put_back(
        self,
        claim: Claim,
        *,
        delay: float,
        error: dict[str, Any] | None = None,
        lane: str | None = None,
        call: Call | None = None,
        recovery: bool = False,
        deployment: str | None = None,
    ) -> bool:
        """Run the stage again later, by a message of its own. Raises ClaimLost."""
        status = self._claims.put_back(
            claim,
            lane=lane or claim.stage.lane,
            delay=delay,
            error=error,
            priority=PRIORITIES[claim.job.priority],
            recovery=recovery,
            call=call,
            deployment=deployment,
        )
        self._after(claim, status)
        self._notifier.send(OUTBOX)
        return False

    def stop(self, claim: Claim, call: Call | None = None) -> bool:
        """The job is being canceled: this stage ends here. Raises ClaimLost."""
        end = StageEnd(status="skipped")
        if claim.join_id is not None:
            return self.end_item(claim, end, call)
        self._after(claim, self._claims.pass_on(claim, end, call))
        return False

    def recover(self, claim: Claim) -> None:
        """Our own code failed: try again with a delay, or declare the stage dead at the cap."""
        try:
            if claim.stage.recoveries + 1 >= self._max_recoveries:
                self.bury(claim)
            else:
                error = {"code": "stage_crashed", "message": "the stage failed unexpectedly"}
                delay = min(60.0, 2.0**claim.stage.recoveries)
                self.put_back(claim, delay=delay, error=error, recovery=True)
        except ClaimLost:
            return

    def bury(self, claim: Claim) -> None:
        """A stage that was recovered too often is dead, and its job (or item) failed."""
        error = {
            "code": "stage_dead",
            "message": f"stage {claim.stage.name!r} was given up after"
            f" {claim.stage.recoveries + 1} recoveries; its worker crashed or hung each time",
        }
        self._claims.lose_calls(claim)
        self.fail(claim, error, StageEnd(status="dead", error=error))

    def _end_job(self, claim: Claim, end: StageEnd, status: str, output: Any) -> None:
        if self._claims.end_job(claim, end, status=status, output=output) is None:
            raise ClaimLost
        self._notifier.send(JOBS, claim.job.id)

    def _after(self, claim: Claim, job_status: str | None) -> None:
        if job_status is None:
            raise ClaimLost
        if job_status == "canceling":
            self._jobs.settle_cancel(claim.tenant_id, claim.job.id)
            self._notifier.send(JOBS, claim.job.id)
