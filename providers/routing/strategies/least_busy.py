"""The deployment with the most room: calls in flight by slots."""

from providers.routing.candidates import Candidate, Needs


def score(candidate: Candidate, needs: Needs) -> float:
    """0: idle; 1: full."""
    return candidate.in_flight / candidate.slots
