"""The best by the capability table's score, which an operator may override."""

from providers.routing.candidates import Candidate, Needs


def score(candidate: Candidate, needs: Needs) -> float:
    """Below 0: the higher the quality, the lower."""
    return -candidate.capabilities.quality
