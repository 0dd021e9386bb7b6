"""Fan-out and join: a batch's items leave together, and its policy decides how it ended."""

from app.repositories.claims import Claim, ClaimRepository, StageEnd
from app.repositories.records import PRIORITIES
from app.services.estimates import any_of, call_tokens
from app.services.stages import StageService
from providers.routing.allowances import Allowances
from providers.routing.pools import Pools


class BatchService:
    def __init__(
        self, *, claims: ClaimRepository, stages: StageService, allowances: Allowances
    ) -> None:
        self._claims = claims
        self._stages = stages
        self._allowances = allowances

    def leave(self, claim: Claim) -> tuple[str, list[tuple[str, str]]]:
        """The join's stage id, and (stage id, lane) of each open item that is now dispatched.

        Where the provider's limits have no room for all, the others wait for the relay: behind
        the single jobs of their priority, as in the broker's queues.
        """
        join = self._claims.join_of(claim)
        assert join is not None, "a fan-out has a join"
        given = claim.job.input
        least = call_tokens({**given, "document": None})
        room = Pools(self._allowances).room(any_of(given["model"]), least)
        behind = min(PRIORITIES[claim.job.priority] + 1, max(PRIORITIES.values()))
        return join["stage_id"], self._claims.items_leaving(claim, room, behind)

    def closed(self, claim: Claim) -> bool:
        """Whether every item has ended."""
        join = self._claims.join_of(claim)
        return join is not None and join["remaining"] == 0

    def join(self, claim: Claim) -> bool:
        """End the job by its policy: `any` wants one success, `all` wants no failure."""
        join = self._claims.join_of(claim)
        assert join is not None, "a join stage has a join"
        output = {name: join[name] for name in ("total", "succeeded", "failed")}
        good = join["failed"] == 0 if join["policy"] == "all" else join["succeeded"] > 0
        if good:
            return self._stages.succeed(claim, output)
        error = {
            "code": "batch_failed",
            "message": f"{join['failed']} of {join['total']} items failed, and the join policy is"
            f" {join['policy']!r}; the results tell why, item by item",
        }
        return self._stages.fail(claim, error, StageEnd(status="failed", error=error))
