"""The time, in one place."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """Now, timezone-aware."""
    return datetime.now(UTC)
