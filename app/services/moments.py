"""When a schedule fires: cron rules by cronsim, intervals by arithmetic.

Daylight saving, as Debian's cron has it: a rule with a fixed hour that falls into the gap fires
once, when the gap ends, and one whose hour comes twice fires once, the first time; rules with a
wildcard in minute or hour, and intervals, go by elapsed time.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from app.errors import FieldError
from app.repositories.schedule_records import Schedule


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What decides the moments of a schedule."""

    cron: str | None
    interval_seconds: int | None
    timezone: str
    anchor: datetime  # what an interval counts from
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def rule_of(schedule: Schedule) -> Rule:
    return Rule(
        cron=schedule.cron,
        interval_seconds=schedule.interval_seconds,
        timezone=schedule.timezone,
        anchor=schedule.starts_at or schedule.created_at,
        starts_at=schedule.starts_at,
        ends_at=schedule.ends_at,
    )


def faults(rule: Rule) -> list[FieldError]:
    """What is wrong with a rule; pointers into the request's body."""
    try:
        ZoneInfo(rule.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [FieldError("/timezone", "is no IANA time zone, such as Europe/Berlin")]
    if rule.cron is not None:
        if len(rule.cron.split()) != 5:
            return [FieldError("/cron", "must have five fields: minute hour day month weekday")]
        try:
            CronSim(rule.cron, datetime.now(ZoneInfo(rule.timezone)))
        except CronSimError as error:
            return [
                FieldError("/cron", f"is no cron rule: {str(error)[:1].lower()}{str(error)[1:]}")
            ]
    if rule.starts_at and rule.ends_at and rule.ends_at <= rule.starts_at:
        return [FieldError("/ends_at", "must come after starts_at")]
    return []


def moments(rule: Rule, after: datetime) -> Iterator[datetime]:
    """The nominal moments after `after`, in UTC; ends at `ends_at`, or when none is left."""
    if rule.starts_at is not None:
        after = max(after, rule.starts_at - timedelta(microseconds=1))
    source = _intervals(rule, after) if rule.cron is None else _cron(rule.cron, rule, after)
    for moment in _within_time(source):
        if rule.ends_at is not None and moment > rule.ends_at:
            return
        yield moment


def _within_time(source: Iterator[datetime]) -> Iterator[datetime]:
    """Up to the end of what a datetime can say (year 9999)."""
    try:
        yield from source
    except OverflowError:
        return


def _intervals(rule: Rule, after: datetime) -> Iterator[datetime]:
    assert rule.interval_seconds is not None
    step = timedelta(seconds=rule.interval_seconds)
    first = 1 if rule.starts_at is None else 0  # a start that was asked for is a moment itself
    number = max(first - 1, (after - rule.anchor) // step)
    while True:
        number += 1
        yield (rule.anchor + number * step).astimezone(UTC)


def _cron(cron: str, rule: Rule, after: datetime) -> Iterator[datetime]:
    last = after
    for moment in CronSim(cron, after.astimezone(ZoneInfo(rule.timezone))):
        moment = moment.astimezone(UTC)
        if moment > last:  # the second of two equal wall-clock times is not another moment
            last = moment
            yield moment


def jitter(schedule_id: str, moment: datetime, most: int) -> timedelta:
    """0 to `most` seconds, always the same for one moment of one schedule."""
    digest = hashlib.sha256(f"{schedule_id} {moment.astimezone(UTC).isoformat()}".encode()).digest()
    return timedelta(seconds=most * int.from_bytes(digest[:4]) / 2**32)
