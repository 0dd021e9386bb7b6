"""The `extract` pipeline's decisions: ask, check, ask again, fall back, end."""

import contextlib
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from app.infra.clock import utcnow
from app.infra.faults import crash_point
from app.repositories.claims import Claim, ClaimRepository, StageEnd
from app.repositories.records import Call
from app.services.answer_cache import AnswerCache, Found, Later, Lead
from app.services.budget import over_budget, spent
from app.services.call_records import failed_call, succeeded_call
from app.services.deployments import Catalog, Target, UnknownModel
from app.services.ladder import Accept, Ask, GiveUp, Wait, next_step, why_not
from app.services.leases import Hold
from app.services.privacy import Redaction
from app.services.questions import FIELDS, Question, RefusedModes, question, restored
from app.services.reports import places_of, report_of
from app.services.stages import ClaimLost, StageService
from providers.base import LLMProvider
from providers.calls import Caller
from providers.errors import CallCanceled, ProviderError, SchemaRefused
from providers.middleware.retry import retry_delay
from providers.registry import dialect_of
from providers.routing.circuit import Standing
from providers.routing.gate import KEY_TROUBLE, Gate
from providers.types import Completion, Effort
from schemas.json_schema.validate import checker_for

INLINE_DELAY = 1.0  # seconds; a longer wait goes through the outbox


class ExtractionService:
    def __init__(
        self,
        *,
        stages: StageService,
        claims: ClaimRepository,
        catalog: Catalog,
        caller: Caller,
        provider: Callable[[str, str], LLMProvider],
        gate: Gate,
        answers: AnswerCache,
    ) -> None:
        self._stages = stages
        self._claims = claims
        self._catalog = catalog
        self._caller = caller
        self._provider = provider
        self._gate = gate
        self._answers = answers
        self._refused = RefusedModes()

    def complete(self, claim: Claim, hold: Hold) -> bool:
        """Ask until an answer is valid or every model failed; True when the canvas may go on.

        Raises ClaimLost.
        """
        calls = list(claim.calls)
        given = claim.job.input
        models = given["model"]
        while True:
            open_circuits = self._open_circuits(models)
            step = next_step(calls, models, given["max_attempts"], open_circuits)
            if isinstance(step, GiveUp):
                return self._stages.fail(claim, step.error)
            if isinstance(step, Accept):
                return self._accept(claim, step.call, calls)
            if over_budget(calls, given):
                return self._stages.fail(claim, spent(calls, given))
            if isinstance(step, Wait):
                return self._wait(claim, [open_circuits[choice] for choice in step.choices])
            try:
                deployment = self._catalog.target(models[step.choice])
            except UnknownModel as error:  # the settings changed since the job was accepted
                return self._stages.fail(
                    claim, {"code": "model_gone", "message": error.message, "errors": []}
                )
            if deployment.provider.name != claim.stage.lane:
                reasons = {choice: standing.reason for choice, standing in open_circuits.items()}
                why = why_not(calls, models, step.choice, reasons)
                return self._stages.put_back(
                    claim, delay=0, lane=deployment.provider.name, error=why
                )
            ended = self._answer(claim, hold, step, deployment, calls)
            if isinstance(ended, bool):
                return ended
            if ended is not None:
                calls.append(ended)

    def _accept(self, claim: Claim, call: Call, calls: Sequence[Call]) -> bool:
        """Take an answer that is on record, from before a takeover."""
        dialect = self._provider(call.provider, call.credential or "").dialect
        value = restored(call, claim.job.input["schema"], dialect)
        before = calls[: calls.index(call)]
        return self._done(claim, call, value, report_of(claim, value, call, before, dialect))

    def _answer(
        self, claim: Claim, hold: Hold, ask: Ask, deployment: Target, before: Sequence[Call]
    ) -> Call | bool | None:
        """From the cache, from another who asks the same, or by a call; as `_ask` gives it."""
        if ask.last is not None:  # what is asked again is nobody else's question
            return self._ask(claim, hold, ask, deployment, Lead(), before)
        found = self._answers.look(claim, deployment.name, hold.token)
        if isinstance(found, Found):
            provider, model = deployment.provider.name, deployment.model
            end = StageEnd(output=found.output, provider=provider, model=model, cache=found.how)
            places = places_of(claim, found.output) or None
            return self._end(claim, replace(end, report=places), None)
        if isinstance(found, Later) and not hold.token.canceled:
            return self._stages.put_back(claim, delay=1.0)
        lead = found if isinstance(found, Lead) else Lead()
        try:
            return self._ask(claim, hold, ask, deployment, lead, before)
        finally:
            self._answers.release(lead)

    def _open_circuits(self, models: Sequence[str]) -> dict[int, Standing]:
        """The choices that no key may be used for now."""
        found = {}
        for choice, model in enumerate(models):
            with contextlib.suppress(UnknownModel):
                target = self._catalog.target(model)
                provider = target.provider
                blocked = self._gate.blocked(provider.name, target.model, provider.credentials)
                if blocked is not None:
                    found[choice] = blocked
        return found

    def _wait(self, claim: Claim, circuits: Sequence[Standing]) -> bool:
        """Until the first circuit is half open; a little spread, for all wait for the same."""
        first = min(circuits, key=lambda standing: standing.seconds)
        error = {"code": "circuit_open", "message": first.reason}
        delay = max(first.seconds, 0.2) * (1 + 0.25 * random.random())
        return self._stages.put_back(claim, delay=delay, error=error)

    def validate(self, claim: Claim) -> bool:
        """The last gate: only what satisfies the original schema leaves. Raises ClaimLost."""
        value = claim.handed_over
        errors = checker_for(claim.job.input["schema"]).errors(value)
        if not errors:
            return self._stages.succeed(claim, value)
        faults = [{"pointer": e.pointer, "detail": e.detail} for e in errors]
        message = "the answer does not satisfy the schema"
        return self._stages.fail(
            claim, {"code": "answer_invalid", "message": message, "errors": faults}
        )

    def _ask(
        self,
        claim: Claim,
        hold: Hold,
        ask: Ask,
        deployment: Target,
        lead: Lead,
        before: Sequence[Call],
    ) -> Call | bool | None:
        """One provider call: its record, or how the stage ended with it; None: none was made."""
        if hold.lost:
            raise ClaimLost
        config, model = deployment.provider, deployment.model
        asked = self._question(claim, ask, deployment)
        credential = self._gate.enter(config.name, model, config.credentials)
        if credential is None:  # another took the probe of a circuit that is half open
            time.sleep(0.05)
            return None
        provider = self._provider(config.name, credential.name)
        try:
            call = self._stages.begin_call(
                claim,
                mode=asked.mode,
                choice=ask.choice,
                provider=config.name,
                model=model,
                simulated=config.simulated,
                credential=credential.name or None,
            )
        except BaseException:
            self._gate.unused(config.name, model, credential.name)
            raise
        started = time.monotonic()
        privacy = Redaction(claim.job.input)
        try:
            completion = self._caller.call(
                provider,
                privacy.outgoing(asked.request),
                timeout=_timeout(claim, deployment),
                cancel=hold.token,
            )
        except ProviderError as error:
            self._gate.failed(config.name, model, credential.name, error)
            # What is wrong with one key is no reason to leave the model while there is another.
            others = self._gate.blocked(config.name, model, config.credentials) is None
            again = error.retryable or (isinstance(error, KEY_TROUBLE) and others)
            if isinstance(error, SchemaRefused) and asked.mode != FIELDS:
                self._refused.add(claim.job.input["schema"], deployment.name, asked.mode)
                again = not asked.last
            failed = failed_call(call, error, started, deployment, again)
            return self._failed(claim, hold, ask, failed, error)
        crash_point("provider.answered")
        took = time.monotonic() - started
        self._gate.answered(config.name, model, credential.name, took)
        completion = privacy.incoming(completion)
        return self._answered(
            claim, deployment, call, completion, asked, lead, before, privacy.counts
        )

    def _answered(
        self,
        claim: Claim,
        deployment: Target,
        call: Call,
        completion: Completion,
        asked: Question,
        lead: Lead,
        before: Sequence[Call],
        redacted: dict[str, int],
    ) -> Call | bool:
        call = succeeded_call(call, completion, deployment)
        value, faults = asked.read(completion.text, claim.job.input["schema"])
        if asked.mode == FIELDS and value is not None:
            call = replace(call, answer=json.dumps(value, ensure_ascii=False))
        if not faults:
            self._answers.keep(lead, value)
            dialect = dialect_of(deployment.provider)
            report = report_of(claim, value, call, before, dialect)
            if redacted:
                report["redacted"] = redacted
            return self._done(claim, replace(call, verdict="valid"), value, report, lead)
        error = {
            "code": "answer_invalid",
            "message": "the answer does not satisfy the schema",
            "errors": faults,
        }
        call = replace(call, verdict="invalid", error=error)
        self._stages.end_call(claim, call)
        return call

    def _done(
        self,
        claim: Claim,
        call: Call,
        value: Any,
        report: dict[str, Any],
        lead: Lead | None = None,
    ) -> bool:
        """End the stage with `value`; with a `lead` the call is fresh, and not on record yet."""
        end = StageEnd(
            output=value,
            provider=call.provider,
            model=call.model,
            cache="miss" if lead and lead.key else None,
            report=report,
        )
        return self._end(claim, end, call if lead is not None else None)

    def _end(self, claim: Claim, end: StageEnd, record: Call | None) -> bool:
        if claim.join_id is not None:
            return self._stages.end_item(claim, end, record)
        return self._stages.pass_on(claim, end, record)

    def _failed(
        self, claim: Claim, hold: Hold, ask: Ask, call: Call, error: ProviderError
    ) -> Call | bool:
        if isinstance(error, CallCanceled):
            if hold.lost:
                raise ClaimLost
            return self._stages.stop(claim, call)
        delay = retry_delay(error, ask.transient + 1) if error.retryable else None
        if delay is not None and delay > INLINE_DELAY:
            return self._stages.put_back(claim, delay=delay, error=call.error, call=call)
        self._stages.end_call(claim, call)
        if delay:
            time.sleep(delay)
        return call

    def _effort(self, claim: Claim, deployment: Target) -> Effort | None:
        """What the job asks for, of models that reason."""
        wanted: Effort | None = claim.job.input.get("effort")
        return wanted if wanted and self._catalog.capabilities(deployment).reasoning else None

    def _question(self, claim: Claim, ask: Ask, deployment: Target) -> Question:
        return question(
            claim,
            ask,
            model=deployment.model,
            dialect=dialect_of(deployment.provider),
            forced_tool=self._catalog.capabilities(deployment).forced_tool,
            refused=self._refused.of(claim.job.input["schema"], deployment.name),
            effort=self._effort(claim, deployment),
        )


def _timeout(claim: Claim, deployment: Target) -> float:
    limit = deployment.provider.timeout_seconds
    if claim.job.deadline is None:
        return limit
    return max(0.1, min(limit, (claim.job.deadline - utcnow()).total_seconds()))
