"""The `extract` pipeline's decisions: ask, check, ask again, fall back, end."""

import contextlib
import random
import time
from collections.abc import Mapping, Sequence

from app.repositories.claims import Claim
from app.repositories.records import Call
from app.services.asking import Asker, Inquiry
from app.services.budget import over_budget, spent
from app.services.deployments import Catalog, Target, UnknownModel
from app.services.endings import Endings, invalid
from app.services.estimates import any_of, call_tokens
from app.services.ladder import FALLBACK, Accept, Ask, GiveUp, Wait, next_step, why_not
from app.services.leases import Hold
from app.services.stages import ClaimLost, StageService
from providers.errors import CallCanceled, ProviderError
from providers.middleware.base import Deferred
from providers.routing.circuit import Standing
from providers.routing.gate import Gate
from schemas.json_schema.validate import checker_for

INLINE_DELAY = 1.0  # seconds; a longer wait goes through the outbox
SHORT = 0.5  # seconds to wait in place for what is no failure
LONGEST_LOOK = 15.0  # seconds until one that waits for a circuit looks again, if that has less


class ExtractionService:
    def __init__(self, *, stages: StageService, catalog: Catalog, gate: Gate, asker: Asker) -> None:
        self._stages = stages
        self._catalog = catalog
        self._gate = gate
        self._asker = asker
        self._endings = Endings(stages)

    def complete(self, claim: Claim, hold: Hold) -> bool:
        """Ask until an answer is valid or every model failed; True when the canvas may go on.

        Raises ClaimLost.
        """
        calls = list(claim.calls)
        tokens = call_tokens(claim.job.input, claim.stage.item)
        while True:
            ended = self._step(claim, hold, calls, tokens)
            if isinstance(ended, bool):
                return ended
            if ended is not None:
                calls.append(ended)

    def validate(self, claim: Claim) -> bool:
        """The last gate: only what satisfies the original schema leaves. Raises ClaimLost."""
        value = claim.handed_over
        errors = checker_for(claim.job.input["schema"]).errors(value)
        if not errors:
            return self._stages.succeed(claim, value)
        faults = [{"pointer": e.pointer, "detail": e.detail} for e in errors]
        return self._stages.fail(claim, invalid(faults))

    def _step(
        self, claim: Claim, hold: Hold, calls: Sequence[Call], tokens: int
    ) -> Call | bool | None:
        """One more call of about so many tokens, its record; or how the stage ended with it.

        None: look again.
        """
        given = claim.job.input
        models = given["model"]
        open_circuits = self._open_circuits(models, tokens)
        came_for = _fell_back_to(claim)
        step = next_step(calls, models, given["max_attempts"], open_circuits, came_for)
        if isinstance(step, GiveUp):
            return self._stages.fail(claim, step.error)
        if isinstance(step, Accept):
            return self._on_record(claim, step.call, calls)
        if over_budget(calls, given):
            return self._stages.fail(claim, spent(calls, given))
        if isinstance(step, Wait):
            return self._wait(claim, {models[c]: open_circuits[c] for c in step.choices})
        try:
            deployment = self._catalog.target(models[step.choice], given.get("own"))
        except UnknownModel as error:  # the settings changed since the job was accepted
            return self._stages.fail(
                claim, {"code": "model_gone", "message": error.message, "errors": []}
            )
        if deployment.provider.name != claim.stage.lane:
            reasons = {choice: standing.reason for choice, standing in open_circuits.items()}
            why = why_not(calls, models, step.choice, reasons)
            lane, name = deployment.provider.name, deployment.name
            return self._stages.put_back(
                claim, delay=0, lane=lane, deployment=any_of([name]), error=why
            )
        return self._ask(claim, hold, step, deployment, calls, tokens)

    def _open_circuits(self, models: Sequence[str], tokens: int) -> dict[int, Standing]:
        """The choices that no key may be used for now, by its circuit or for want of room."""
        found = {}
        for choice, model in enumerate(models):
            with contextlib.suppress(UnknownModel):
                target = self._catalog.target(model)
                provider = target.provider
                blocked = self._gate.waits(
                    provider.name, target.model, provider.credentials, tokens
                )
                if blocked is not None:
                    found[choice] = blocked
        return found

    def _wait(self, claim: Claim, circuits: Mapping[str, Standing]) -> bool:
        """Until the first may be asked; a little spread, for all wait for the same.

        Each look takes a slot and some of everybody's database, so who looks in vain looks later.
        """
        first = min(circuits.values(), key=lambda standing: standing.seconds)
        error = {"code": first.code, "message": first.reason}
        soon = max(first.seconds, 0.2)
        later = min(LONGEST_LOOK, soon * 1.5 ** min(claim.stage.attempts - 1, 20))
        delay = max(soon, later) * (1 + 0.25 * random.random())
        asked = any_of(list(circuits))
        return self._stages.put_back(claim, delay=delay, deployment=asked, error=error)

    def _on_record(self, claim: Claim, call: Call, calls: Sequence[Call]) -> bool:
        """Take an answer that is on record, from before a takeover."""
        dialect = self._asker.provider(call.provider, call.credential or "").dialect
        return self._endings.on_record(claim, call, calls[: calls.index(call)], dialect)

    def _ask(
        self,
        claim: Claim,
        hold: Hold,
        ask: Ask,
        deployment: Target,
        before: Sequence[Call],
        tokens: int,
    ) -> Call | bool | None:
        with self._asker.begin(claim, hold, ask, deployment, tokens) as inquiry:
            try:
                completion = inquiry.answer()
            except Deferred as error:
                return self._deferred(claim, error)
            except ProviderError as error:
                return self._failed(claim, hold, inquiry, error)
            call = inquiry.succeeded(completion)
            if call is None:
                return self._endings.answered_instead(claim, inquiry, completion)
            return self._endings.answered(claim, inquiry, completion, call, before)

    def _deferred(self, claim: Claim, error: Deferred) -> bool | None:
        """No call was made yet: wait a moment, or give the slot to another meanwhile."""
        delay = error.retry_after or 0.0
        if delay > SHORT:
            told = {"code": error.code, "message": error.message} if error.message else None
            return self._stages.put_back(claim, delay=delay, error=told)
        time.sleep(delay)
        return None

    def _failed(
        self, claim: Claim, hold: Hold, inquiry: Inquiry, error: ProviderError
    ) -> Call | bool:
        call = inquiry.failed(error)
        if isinstance(error, CallCanceled):
            if hold.lost:
                raise ClaimLost
            return self._stages.stop(claim, call)
        if call is None:  # a plugin forbade it, or failed and is required
            told = {"code": error.code, "message": error.message, "errors": []}
            return self._stages.fail(claim, told)
        delay = inquiry.context.retry_in
        if delay is not None and delay > INLINE_DELAY:
            return self._stages.put_back(claim, delay=delay, error=call.error, call=call)
        self._stages.end_call(claim, call)
        if delay:
            time.sleep(delay)
        return call


def _fell_back_to(claim: Claim) -> list[int]:
    """The choices on the stage's lane, when it came there as a fallback."""
    if (claim.stage.error or {}).get("code") != FALLBACK:
        return []
    models = enumerate(claim.job.input["model"])
    return [choice for choice, model in models if model.split("/", 1)[0] == claim.stage.lane]
