"""One question to one deployment, through the middleware, on record before and after."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from app.infra.clock import utcnow
from app.infra.faults import crash_point
from app.repositories.claims import Claim
from app.repositories.records import Call
from app.services.answer_cache import Asking
from app.services.call_records import failed_call, succeeded_call
from app.services.deployments import Catalog, Target
from app.services.ladder import Ask
from app.services.leases import Hold
from app.services.questions import FIELDS, Question, RefusedModes, question
from app.services.stages import ClaimLost, StageService
from providers.base import LLMProvider
from providers.calls import Caller
from providers.errors import ProviderError, SchemaRefused
from providers.middleware.base import CallContext
from providers.middleware.chain import Chain, Exchange
from providers.middleware.limits import again
from providers.privacy.detectors import KINDS
from providers.registry import dialect_of
from providers.routing.gate import Gate
from providers.types import Completion, CompletionRequest, Effort


class Asker:
    def __init__(
        self,
        *,
        stages: StageService,
        catalog: Catalog,
        caller: Caller,
        provider: Callable[[str, str], LLMProvider],
        gate: Gate,
        chain: Callable[[], Chain],
    ) -> None:
        self.stages = stages
        self.caller = caller
        self.provider = provider
        self.gate = gate
        self._catalog = catalog
        self._chain = chain
        self._refused = RefusedModes()

    def begin(
        self, claim: Claim, hold: Hold, ask: Ask, deployment: Target, tokens: int
    ) -> "Inquiry":
        """Use it in a `with`: leaving it lets others ask. `tokens`: what the call may take.

        Raises ClaimLost.
        """
        if hold.lost:
            raise ClaimLost
        given, config = claim.job.input, deployment.provider
        self.provider(config.name, config.credentials[0].name)  # its SDK: not after the count
        redact = given.get("redact") or ()
        call = CallContext(
            provider=config.name,
            model=deployment.model,
            credentials=config.credentials,
            attempt=ask.transient + 1,
            tokens=tokens,
            wants_json=True,
            redact=KINDS if redact is True else redact,
            subject=Asking(claim=claim, token=hold.token, again=ask.last is not None),
        )
        asked = question(
            claim,
            ask,
            model=deployment.model,
            dialect=dialect_of(config),
            forced_tool=self._catalog.capabilities(deployment).forced_tool,
            refused=self._refused.of(given["schema"], deployment.name),
            effort=self._effort(claim, deployment),
        )
        return Inquiry(self, claim, hold, ask, deployment, asked, self._chain().enter(call))

    def refused(self, inquiry: "Inquiry") -> None:
        """Remember that the deployment does not take the schema in this mode."""
        schema = inquiry.claim.job.input["schema"]
        self._refused.add(schema, inquiry.deployment.name, inquiry.asked.mode)

    def _effort(self, claim: Claim, deployment: Target) -> Effort | None:
        """What the job asks for, of models that reason."""
        wanted: Effort | None = claim.job.input.get("effort")
        return wanted if wanted and self._catalog.capabilities(deployment).reasoning else None


class Inquiry:
    """One call, from its question to its record."""

    def __init__(
        self,
        asker: Asker,
        claim: Claim,
        hold: Hold,
        ask: Ask,
        deployment: Target,
        asked: Question,
        exchange: Exchange,
    ) -> None:
        self.claim = claim
        self.ask = ask
        self.deployment = deployment
        self.asked = asked
        self.context = exchange.call
        self._asker = asker
        self._hold = hold
        self._exchange = exchange
        self._record: Call | None = None
        self._given: Completion | None = None  # by the provider, and so what it is paid for
        self._error: ProviderError | None = None
        self._sent = 0.0

    def __enter__(self) -> Self:
        self._exchange.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._exchange.__exit__(*error)

    def answer(self) -> Completion:
        """Raises ProviderError, Deferred among them, and ClaimLost."""
        return self._exchange.complete(self.asked.request, self._send)

    def accepted(self, value: object) -> None:
        """The answer was valid; tell the middleware."""
        self._exchange.accepted(value)

    def succeeded(self, completion: Completion) -> Call | None:
        """The record of the call that was answered; None when the provider did not answer.

        Whatever middleware made of the answer: the call took what the provider says.
        """
        if self._record is None or self._given is None:
            return None
        given = replace(self._given, text=completion.text)
        return succeeded_call(self._record, given, self.deployment)

    def replaced(self) -> Call | None:
        """The record of the failed call that middleware answered; None when none was made."""
        return self.failed(self._error) if self._error is not None else None

    def failed(self, error: ProviderError) -> Call | None:
        """The record of the call that failed; None when none was made."""
        if self._record is None:
            return None
        if self._given is not None and error.usage is None:  # it was answered, and is paid for
            error.usage, error.request_id = self._given.usage, self._given.request_id
        more = again(self.context, self._asker.gate, error)
        if isinstance(error, SchemaRefused):
            if self.asked.mode != FIELDS:
                self._asker.refused(self)
            more = not self.asked.last
        return failed_call(self._record, error, self._sent, self.deployment, more)

    def _send(self, request: CompletionRequest) -> Completion:
        config, context = self.deployment.provider, self.context
        provider = self._asker.provider(config.name, context.credential)
        self._record = self._asker.stages.begin_call(
            self.claim,
            mode=self.asked.mode,
            choice=self.ask.choice,
            provider=config.name,
            model=self.deployment.model,
            simulated=config.simulated,
            credential=context.credential or None,
        )
        self._sent = time.monotonic()
        timeout = _timeout(self.claim, self.deployment)
        try:
            self._given = self._asker.caller.call(
                provider, request, timeout=timeout, cancel=self._hold.token
            )
        except ProviderError as error:
            self._error = error
            raise
        crash_point("provider.answered")
        return self._given


def _timeout(claim: Claim, deployment: Target) -> float:
    limit = deployment.provider.timeout_seconds
    if claim.job.deadline is None:
        return limit
    return max(0.1, min(limit, (claim.job.deadline - utcnow()).total_seconds()))
