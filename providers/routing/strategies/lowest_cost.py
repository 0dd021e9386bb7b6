"""The cheapest by its estimate; what is unpriced comes last."""

from math import inf

from providers.routing.candidates import Candidate, Needs, cost_of


def score(candidate: Candidate, needs: Needs) -> float:
    """Micro-dollars."""
    cost = cost_of(candidate, needs)
    return inf if cost is None else cost
