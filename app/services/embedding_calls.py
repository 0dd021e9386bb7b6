"""One paid call that turns a text into a vector, on record like every provider call."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from app.repositories.claims import Claim
from app.repositories.records import Call
from app.services.call_records import with_failure
from app.services.deployments import Target
from app.services.stages import StageService
from providers.base import LLMProvider
from providers.calls import Caller, CancelToken
from providers.errors import ProviderError
from providers.own_prices import OwnPrices
from providers.routing.candidates import characters_to_tokens
from providers.routing.gate import Gate
from providers.types import EmbeddingRequest, Embeddings, ProviderConfig

MODE = "embedding"  # of its row in the usage table
NO_CHOICE = 32_767  # of none of the job's models: the ladder does not count it
SECONDS = 3.0  # a question is not held up for longer


class Recorder(Protocol):
    """Keeps the books of the calls that are made for somebody."""

    def begin(self, config: ProviderConfig, model: str, credential: str) -> Call: ...

    def end(self, call: Call) -> None: ...


class ClaimRecorder:
    """Writes to the usage of a claimed stage. Its methods raise ClaimLost."""

    def __init__(self, stages: StageService, claim: Claim) -> None:
        self._stages = stages
        self._claim = claim

    def begin(self, config: ProviderConfig, model: str, credential: str) -> Call:
        return self._stages.begin_call(
            self._claim,
            mode=MODE,
            choice=NO_CHOICE,
            provider=config.name,
            model=model,
            simulated=config.simulated,
            credential=credential or None,
        )

    def end(self, call: Call) -> None:
        self._stages.end_call(self._claim, call)


class Embedder:
    """Asks one model of one provider; its circuits and keys are those of all other calls."""

    def __init__(
        self,
        *,
        config: ProviderConfig,
        model: str,
        gate: Gate,
        caller: Callable[[], Caller],
        provider: Callable[[str, str], LLMProvider],
        prices: OwnPrices | None = None,
        price_provider: str | None = None,
    ) -> None:
        """`prices` and the list's `price_provider`: the operator's; None: the table's."""
        self.config = config
        self.model = model
        self._gate = gate
        self._caller = caller
        self._provider = provider
        self._target = Target(
            provider=config, model=model, prices=prices, price_provider=price_provider
        )

    @property
    def name(self) -> str:
        return f"{self.config.name}/{self.model}"

    def embed(
        self, text: str, recorder: Recorder, cancel: CancelToken | None = None
    ) -> tuple[float, ...] | None:
        """The text's vector; None when the provider is in trouble. Raises what `recorder` does."""
        name, model, tokens = self.config.name, self.model, characters_to_tokens(len(text))
        if self._gate.waits(name, model, self.config.credentials, tokens) is not None:
            return None
        credential = self._gate.enter(name, model, self.config.credentials, tokens)
        if credential is None:
            return None
        try:
            call = recorder.begin(self.config, model, credential.name)
        except BaseException:
            self._gate.unused(name, model, credential, tokens)
            raise
        started = time.monotonic()
        try:
            found = self._ask(text, credential.name, cancel)
        except ProviderError as error:
            self._gate.failed(name, model, credential.name, error)
            recorder.end(with_failure(call, error, started, again=False))
            return None
        self._gate.answered(name, model, credential.name, time.monotonic() - started)
        over = (found.usage.total or tokens) - tokens  # some vendors count none
        self._gate.allowances.correct(name, model, credential, tokens=over)
        recorder.end(self._billed(call, found))
        return found.vectors[0]

    def _ask(self, text: str, credential: str, cancel: CancelToken | None) -> Embeddings:
        adapter = self._provider(self.config.name, credential)
        work = adapter.embed(EmbeddingRequest(model=self.model, texts=(text,)), SECONDS)
        return self._caller().run(adapter, work, timeout=SECONDS, cancel=cancel, model=self.model)

    def _billed(self, call: Call, found: Embeddings) -> Call:
        """A vendor that counts no tokens leaves the price open: unpriced, and not free."""
        usage = found.usage
        told, cost = bool(usage.input_tokens), self._target.cost(usage, self.model)
        return replace(
            call,
            outcome="succeeded",
            input_tokens=usage.input_tokens if told else None,
            output_tokens=0,
            cost_micros=cost.cost_micros if told else None,
            price_source=cost.source if told else "unpriced",
            request_id=found.request_id,
            latency_ms=found.latency_ms,
        )
