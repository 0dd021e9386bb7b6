"""How close two moments of a rule may come, and how much jitter that leaves room for."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, islice, pairwise, takewhile
from zoneinfo import ZoneInfo

from app.errors import FieldError
from app.services.moments import Rule, moments

DAY = timedelta(days=1)
LOOKED_AT = 1500  # moments: over a day of those a minute apart, four years of daily ones
HORIZON = 1500 * DAY  # a leap day lies within
YEAR = 366  # days, in which every yearly clock change comes once


def jitter_faults(rule: Rule, jitter_seconds: int, after: datetime) -> list[FieldError]:
    """Jitter as long as the time between two moments would hold the later one back."""
    if not jitter_seconds:
        return []
    gap = shortest_gap(rule, after)
    if gap is None or jitter_seconds < gap.total_seconds():
        return []
    told = f"{gap.total_seconds():g} seconds"
    detail = f"must be shorter than the least time between two moments, {told}"
    return [FieldError("/jitter_seconds", detail)]


def shortest_gap(rule: Rule, after: datetime) -> timedelta | None:
    """The least time between two moments after `after`; None when there are not two.

    A cron rule has no fixed interval. Its next 1,500 moments (of four years at most) are looked
    at, and those around the clock changes of the year to come, which shorten a gap.
    """
    start = max(after, rule.starts_at or after)
    found = [pairwise(islice(_moments(rule, start, HORIZON), LOOKED_AT))]
    if rule.cron is not None:
        for change in _clock_changes(ZoneInfo(rule.timezone), start):
            begin = max(start, change - 3 * DAY)
            found.append(pairwise(_moments(rule, begin, change - begin + 2 * DAY)))
    return min((later - earlier for earlier, later in chain(*found)), default=None)


def _moments(rule: Rule, after: datetime, span: timedelta) -> Iterator[datetime]:
    """Those of a stretch, its first instant among them."""
    after -= timedelta(microseconds=1)
    return takewhile(lambda moment: moment - after <= span, moments(rule, after))


def _clock_changes(zone: ZoneInfo, start: datetime) -> Iterator[datetime]:
    """The ends of those days of the year from `start` on in which a zone's clocks change."""
    try:
        for earlier, later in pairwise(start + n * DAY for n in range(YEAR + 1)):
            if earlier.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
                yield later
    except OverflowError:  # the end of what a datetime can say
        return
