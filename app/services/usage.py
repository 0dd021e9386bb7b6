"""What a tenant's jobs have cost."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.errors import FieldError, InvalidInput
from app.infra.clock import utcnow
from app.repositories.usage import UsageLine, UsageRepository
from app.services.principals import Principal

DAYS = 30  # reported when no time is named
MOST_DAYS = 400
MOST_LINES = 10_000


class UsageService:
    def __init__(self, rows: UsageRepository) -> None:
        self._rows = rows

    def report(
        self,
        principal: Principal,
        groups: Sequence[str],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[UsageLine]:
        """Calls begun in [since, until), by group. Raises InvalidInput."""
        until = until or utcnow()
        since = since or until - timedelta(days=DAYS)
        if not timedelta(0) < until - since <= timedelta(days=MOST_DAYS):
            fault = FieldError("/query/from", f"must lie before `to`, by at most {MOST_DAYS} days")
            raise InvalidInput("the time cannot be reported on", [fault])
        wanted = list(dict.fromkeys(groups))
        lines = self._rows.report(principal.tenant_id, wanted, since, until, MOST_LINES + 1)
        if len(lines) > MOST_LINES:
            detail = f"gives more than {MOST_LINES} lines; ask for fewer groups or a shorter time"
            raise InvalidInput("the report is too long", [FieldError("/query/group_by", detail)])
        return lines
