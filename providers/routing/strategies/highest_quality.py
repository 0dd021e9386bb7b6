"""The best at the task by the capability table's scores, which may be overridden."""

from providers.routing.candidates import Candidate, Needs


def score(candidate: Candidate, needs: Needs) -> float:
    """Below 0: the higher the quality, the lower."""
    return -candidate.capabilities.quality_at(needs.task)
