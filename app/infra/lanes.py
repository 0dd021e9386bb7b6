"""Lanes: who does a stage. A provider's own has its name; ours are these."""

CORE = "core"  # fan-outs, joins, what beat asks for
WEBHOOKS = "webhooks"
OURS = (CORE, WEBHOOKS)
_VALIDATION = "validate."  # no provider's name has a dot


def validation(provider: str) -> str:
    """Where a provider's answers are validated: each has a turn, so no flood is in others' way."""
    return f"{_VALIDATION}{provider}"


def provider_of(lane: str) -> str | None:
    """Whose answers are validated there; None for any other lane."""
    return lane.removeprefix(_VALIDATION) if lane.startswith(_VALIDATION) else None
