"""The usage table, summed up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.infra.postgres import Database
from app.repositories.records import FromRow

COLUMNS = {
    "day": "(u.started_at AT TIME ZONE 'UTC')::date",
    "provider": "u.provider",
    "model": "u.model",
    "key": "j.key_id",
    "pipeline": "j.pipeline",
}
REPORT = """
SELECT {named}, count(*) AS calls,
    count(*) FILTER (WHERE u.outcome = 'failed') AS failed_calls,
    count(*) FILTER (WHERE u.outcome = 'unknown') AS unknown_calls,
    count(*) FILTER (WHERE u.simulated) AS simulated_calls,
    count(*) FILTER (WHERE u.price_source = 'unpriced') AS unpriced_calls,
    coalesce(sum(u.input_tokens), 0)::bigint AS input_tokens,
    coalesce(sum(u.cache_read_tokens), 0)::bigint AS cache_read_tokens,
    coalesce(sum(u.cache_write_tokens), 0)::bigint AS cache_write_tokens,
    coalesce(sum(u.output_tokens), 0)::bigint AS output_tokens,
    coalesce(sum(u.reasoning_tokens), 0)::bigint AS reasoning_tokens,
    CASE WHEN count(u.cost_micros) = 0 AND bool_or(u.price_source = 'unpriced') THEN NULL
        ELSE coalesce(sum(u.cost_micros), 0)::bigint END AS cost_micros
FROM usage u JOIN jobs j ON j.tenant_id = u.tenant_id AND j.id = u.job_id
WHERE u.tenant_id = %(tenant)s AND u.started_at >= %(since)s AND u.started_at < %(until)s
GROUP BY {numbers} ORDER BY {numbers} LIMIT %(limit)s"""


@dataclass(frozen=True, kw_only=True)
class UsageLine(FromRow):
    """The calls of one group; a group that was not asked for is None."""

    day: date | None = None  # UTC
    provider: str | None = None
    model: str | None = None
    key: str | None = None
    pipeline: str | None = None
    calls: int
    failed_calls: int
    unknown_calls: int  # the worker died while they were under way
    simulated_calls: int
    unpriced_calls: int  # answered by a model whose price is not known: not in cost_micros
    input_tokens: int  # neither read from nor written to a cache
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int  # without reasoning
    reasoning_tokens: int
    cost_micros: int | None  # None: no call's price is known


class UsageRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    def report(
        self, tenant_id: UUID, groups: Sequence[str], since: datetime, until: datetime, limit: int
    ) -> list[UsageLine]:
        """One line a group, in the groups' order. `groups`: at least one of COLUMNS."""
        named = ", ".join(f"{COLUMNS[group]} AS {group}" for group in groups)
        numbers = ", ".join(str(number) for number in range(1, len(groups) + 1))
        params = {"tenant": tenant_id, "since": since, "until": until, "limit": limit}
        rows = self._db.all(tenant_id, REPORT.format(named=named, numbers=numbers), params)
        return [UsageLine.of(row) for row in rows]
