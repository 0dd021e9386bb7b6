"""Which deployments serve a request, best first, and why the others do not."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from providers.routing.candidates import Candidate, Needs, cost_of, reasons_against
from providers.routing.strategies import (
    highest_quality,
    least_busy,
    lowest_cost,
    lowest_latency,
)

Score = Callable[[Candidate, Needs], float]  # the lower, the better
STRATEGIES: dict[str, Score] = {
    "least_busy": least_busy.score,
    "lowest_cost": lowest_cost.score,
    "lowest_latency": lowest_latency.score,
    "highest_quality": highest_quality.score,
}
DEFAULT = "least_busy"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A candidate with its verdict."""

    candidate: Candidate
    reasons: Sequence[str]  # against it; empty: it was kept
    cost_micros: int | None  # estimated


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Kept ones in the order to try, then the dropped ones."""

    strategy: str
    kept: Sequence[Judged]
    dropped: Sequence[Judged]


def order(
    candidates: Sequence[Candidate],
    needs: Needs,
    strategy: str = DEFAULT,
    rng: random.Random | None = None,
) -> list[Candidate]:
    """Those that can serve the request, best first; among equals by weight, at random."""
    draw = (rng or random).random
    score = STRATEGIES[strategy]
    kept = [
        (score(c, needs), -(draw() ** (1.0 / c.weight)) if c.weight else 0.0, index)
        for index, c in enumerate(candidates)
        if not reasons_against(c, needs)
    ]
    kept.sort()
    return [candidates[index] for _, _, index in kept]


def decide(
    candidates: Sequence[Candidate],
    needs: Needs,
    strategy: str = DEFAULT,
    rng: random.Random | None = None,
) -> Decision:
    """The same with reasons, for people."""
    kept = order(candidates, needs, strategy, rng)
    names = {candidate.name for candidate in kept}
    rest = [candidate for candidate in candidates if candidate.name not in names]
    return Decision(
        strategy=strategy,
        kept=[_judged(candidate, needs) for candidate in kept],
        dropped=[_judged(candidate, needs) for candidate in rest],
    )


def _judged(candidate: Candidate, needs: Needs) -> Judged:
    return Judged(
        candidate=candidate,
        reasons=reasons_against(candidate, needs),
        cost_micros=cost_of(candidate, needs),
    )
