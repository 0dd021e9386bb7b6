"""What the router chooses from, and what a request needs of it."""

from dataclasses import dataclass

from providers.capabilities import DEFAULT_TASK, UNKNOWN, Capabilities
from providers.pricing import Rates
from providers.routing.allowances import Headroom
from providers.routing.circuit import CLOSED, Standing
from providers.routing.regions import within

ANSWER = 1_000  # tokens that an answer is reckoned with when nobody says


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A model at a provider, with what is known of it at this moment."""

    name: str  # provider/model
    provider: str
    model: str
    weight: int = 1
    capabilities: Capabilities = UNKNOWN
    rates: Rates | None = None  # None: unpriced
    price_source: str = "unpriced"  # whose rates they are
    region: str | None = None
    no_training: bool = False
    circuit: Standing = CLOSED
    in_flight: int = 0  # calls, over all processes
    slots: int = 1  # calls that its workers make at once
    p95_ms: float | None = None  # of its answers in the last minute
    headroom: Headroom | None = None  # None: nothing limits it


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a request asks of a deployment; the defaults ask for nothing."""

    input_tokens: int = 0  # estimated
    output_tokens: int = 0
    task: str = DEFAULT_TASK  # whose quality `highest_quality` goes by
    vision: bool = False
    tools: bool = False
    structured: bool = False  # the vendor itself must enforce the schema
    providers: frozenset[str] | None = None  # only these
    region: str | None = None  # or a part of it
    no_training: bool = False
    max_cost_micros: int | None = None
    calls: int = 1  # as many of the same: the items of a batch

    @property
    def plain(self) -> bool:
        """It asks for room in a context for what is sent, and nothing else."""
        asked = self.vision or self.tools or self.structured or self.no_training
        named = (self.providers, self.region, self.max_cost_micros)
        nothing = not asked and self.task == DEFAULT_TASK and named == (None, None, None)
        return nothing and not self.output_tokens


def characters_to_tokens(count: int) -> int:
    """An estimate without the vendor's tokenizer: four characters of English a token."""
    return count // 4 + 1


def reasons_against(candidate: Candidate, needs: Needs) -> list[str]:
    """Why a candidate cannot serve a request; empty when it can."""
    can, found = candidate.capabilities, []
    if needs.providers is not None and candidate.provider not in needs.providers:
        found.append("its provider is not allowed")
    if needs.region is not None and not within(candidate.region, needs.region):
        found.append(f"its region is {candidate.region or 'not known'}, not {needs.region}")
    if needs.no_training and not candidate.no_training:
        found.append("its provider may learn from the data")
    if needs.vision and not can.vision:
        found.append("it sees no images")
    if needs.tools and not can.tools:
        found.append("it calls no tools")
    if needs.structured and not can.structured:
        found.append("its vendor enforces no schema")
    if can.known:  # nobody is held to a guess
        found += _too_long(can, needs)
    if needs.max_cost_micros is not None:
        cost = cost_of(candidate, needs)
        if cost is None:
            found.append("its price is not known, and there is a limit")
        elif cost > needs.max_cost_micros:
            found.append(f"about {cost} micro-dollars are over the limit")
    if candidate.circuit.state == "open":
        found.append(f"its circuit is open: {candidate.circuit.reason}")
    if candidate.headroom is not None and candidate.headroom.seconds > 0:
        found.append(f"its limits leave no room for {candidate.headroom.seconds:.1f} s")
    return found


def _too_long(can: Capabilities, needs: Needs) -> list[str]:
    found, total = [], needs.input_tokens + needs.output_tokens
    if total > can.context:
        found.append(f"about {total} tokens do not fit its context of {can.context}")
    if needs.output_tokens > can.output:
        found.append(f"it answers with at most {can.output} tokens")
    return found


def cost_of(candidate: Candidate, needs: Needs) -> int | None:
    """The estimated cost in micro-dollars; None: unpriced."""
    rates = candidate.rates
    if rates is None:
        return None
    return rates.estimate(needs.input_tokens, needs.output_tokens or ANSWER) * needs.calls
