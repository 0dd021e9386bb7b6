"""When schedules fire, above all where clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.moments import Rule, faults, jitter, moments

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")


def rule(cron: str | None = None, zone: str = "UTC", **more: object) -> Rule:
    given = {"interval_seconds": None, "anchor": datetime(2026, 1, 1, tzinfo=UTC), **more}
    return Rule(cron=cron, timezone=zone, **given)  # type: ignore[arg-type]


def local(found: Rule, after: datetime, count: int) -> list[str]:
    zone = ZoneInfo(found.timezone)
    return [m.astimezone(zone).isoformat() for m in islice(moments(found, after), count)]


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        pytest.param(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-28T00:00:00+00:00",
            ["2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"],
            id="the gap: once, when it ends",
        ),
        pytest.param(
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00:00+00:00",
            ["2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"],
            id="the fold: once, the first time",
        ),
        pytest.param(
            "30 2 * * *",
            "America/New_York",
            "2026-03-07T12:00:00+00:00",
            ["2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"],
            id="New York's gap",
        ),
        pytest.param(
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T00:00:00+00:00",
            ["2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"],
            id="a gap of half an hour",
        ),
        pytest.param(
            "30 2 * * *",
            "Asia/Kolkata",
            "2026-03-28T00:00:00+00:00",
            ["2026-03-29T02:30:00+05:30", "2026-03-30T02:30:00+05:30"],
            id="no clock changes",
        ),
        pytest.param(
            "0 * * * *",
            "Europe/Berlin",
            "2026-10-24T23:30:00+00:00",
            [
                "2026-10-25T02:00:00+02:00",
                "2026-10-25T02:00:00+01:00",
                "2026-10-25T03:00:00+01:00",
            ],
            id="every hour goes by elapsed time",
        ),
    ],
)
def test_clock_changes(cron: str, zone: str, after: str, expected: list[str]) -> None:
    found = local(rule(cron, zone), datetime.fromisoformat(after), len(expected))
    assert found == expected


@given(
    st.sampled_from(ZONES),
    st.sampled_from(
        ["30 2 * * *", "0 0 1 * *", "*/7 * * * *", "15 1,2,3 * * SUN", "0 9 * * MON-FRI"]
    ),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda d: d.replace(tzinfo=UTC)),
)
def test_moments_only_go_forward_and_restarting_loses_none(
    zone: str, cron: str, after: datetime
) -> None:
    found = list(islice(moments(rule(cron, zone), after), 12))
    assert all(one < two for one, two in zip([after, *found], found, strict=False))
    for moment in found[:6]:  # what a tick does: go on from the last one
        again = next(moments(rule(cron, zone), moment))
        assert again == found[found.index(moment) + 1]


@given(st.sampled_from(ZONES), st.integers(2020, 2035))
def test_a_daily_rule_fires_once_a_day_all_year(zone: str, year: int) -> None:
    start = datetime(year, 1, 1, tzinfo=ZoneInfo(zone)) - timedelta(seconds=1)
    end = datetime(year + 1, 1, 1, tzinfo=ZoneInfo(zone))
    days = []
    for moment in moments(rule("30 2 * * *", zone), start.astimezone(UTC)):
        if moment >= end:
            break
        days.append(moment.astimezone(ZoneInfo(zone)).date())
    assert len(days) == len(set(days)) == (end.date() - start.date()).days - 1


@given(st.integers(1, 100_000), st.integers(0, 10**7))
def test_intervals_keep_their_anchor(seconds: int, offset: int) -> None:
    found = rule(interval_seconds=seconds)
    after = found.anchor + timedelta(seconds=offset)
    one, two = islice(moments(found, after), 2)
    assert after < one <= after + timedelta(seconds=seconds)
    assert (one - found.anchor).total_seconds() % seconds == 0
    assert (two - one).total_seconds() == seconds


def test_start_and_end_bound_it() -> None:
    start, end = datetime(2026, 5, 2, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC)
    found = rule("0 0 * * *", starts_at=start, ends_at=end)
    assert list(moments(found, datetime(2026, 1, 1, tzinfo=UTC))) == [
        start,
        start + timedelta(days=1),
        end,
    ]


@pytest.mark.parametrize(
    "cron", ["* * * *", "61 * * * *", "* * * * * *", "x * * * *", "0 0 31 2 *"]
)
def test_wrong_rules_are_told(cron: str) -> None:
    assert [f.pointer for f in faults(rule(cron))] == ["/cron"]


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "europe", "\0", "A" * 64])
def test_wrong_zones_are_told(zone: str) -> None:
    assert [f.pointer for f in faults(rule("0 0 * * *", zone))] == ["/timezone"]


def test_jitter_is_the_same_for_one_moment() -> None:
    moment = datetime(2026, 5, 2, tzinfo=UTC)
    found = {jitter(f"sch_{n}", moment, 60) for n in range(50)}
    assert jitter("sch_1", moment, 60) in found
    assert len(found) > 40
    assert all(timedelta(0) <= j < timedelta(seconds=60) for j in found)
    assert jitter("sch_1", moment, 0) == timedelta(0)


def test_an_interval_with_a_start_begins_at_it() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    found = rule(interval_seconds=60, anchor=start, starts_at=start)
    assert local(found, start - timedelta(days=1), 2) == [
        "2026-03-01T00:00:00+00:00",
        "2026-03-01T00:01:00+00:00",
    ]
    assert local(found, start, 1) == ["2026-03-01T00:01:00+00:00"]
    assert local(rule(interval_seconds=60, anchor=start), start - timedelta(hours=1), 1) == [
        "2026-03-01T00:01:00+00:00"
    ]
