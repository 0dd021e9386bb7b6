"""The quickest by the 95th percentile of the last minute; what was not measured goes first."""

from providers.routing.candidates import Candidate, Needs

STEP = 50.0  # ms: what differs by less is equal, and takes turns


def score(candidate: Candidate, needs: Needs) -> float:
    """Steps of 50 ms."""
    return (candidate.p95_ms or 0.0) // STEP
