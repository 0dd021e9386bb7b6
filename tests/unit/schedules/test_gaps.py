"""How much jitter a rule leaves room for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.gaps import jitter_faults, shortest_gap
from tests.unit.schedules.test_moments import ZONES, rule

NOVEMBER = datetime(2026, 11, 21, 7, 0, 30, tzinfo=UTC)
HOUR = 3600


@pytest.mark.parametrize(
    ("cron", "zone", "seconds"),
    [
        ("* * * * *", "UTC", 60),
        ("0 9 * * *", "UTC", 24 * HOUR),
        ("0 9 * * *", "Europe/Berlin", 23 * HOUR),  # in March
        ("0 9 * * MON", "Europe/Berlin", 167 * HOUR),
        ("0 0,23 * * *", "UTC", HOUR),
        ("0-58/2,59 * * * *", "UTC", 60),  # once an hour, after thirty longer ones
        ("0 */5 * * *", "UTC", 4 * HOUR),  # over midnight
        ("30 2,3 * * *", "Europe/Berlin", 1800),  # 2:30 comes at 3:00 where the clocks go on
        ("30 1-23 * * *", "Europe/Berlin", 1800),  # 1,500 of them end before March
        ("15 2 * * *", "Australia/Lord_Howe", 23.5 * HOUR + 900),
        ("0 0 1,29 * *", "UTC", 24 * HOUR),  # from one leap day on
        ("0 0 29 2 *", "UTC", None),  # once in four years
    ],
)
def test_the_least_time_between_two_moments(cron: str, zone: str, seconds: float | None) -> None:
    found = shortest_gap(rule(cron, zone), NOVEMBER)
    assert found == (None if seconds is None else timedelta(seconds=seconds))


@settings(max_examples=25, deadline=None)  # the work is known, the machine is not
@given(st.integers(0, 366 * 86_400), st.sampled_from(ZONES))
def test_it_does_not_matter_when_it_is_asked(seconds: int, zone: str) -> None:
    asked = NOVEMBER + timedelta(seconds=seconds)
    for cron in ("0 9 * * *", "0-58/2,59 * * * *"):
        assert shortest_gap(rule(cron, zone), asked) == shortest_gap(rule(cron, zone), NOVEMBER)


def test_an_interval_and_the_ends_of_time() -> None:
    assert shortest_gap(rule(interval_seconds=90), NOVEMBER) == timedelta(seconds=90)
    far = datetime(9998, 12, 31, 23, 59, tzinfo=UTC)
    for zone in ZONES:
        assert shortest_gap(rule("0 9 * * *", zone, starts_at=far), NOVEMBER) is not None
    over = rule("0 9 * * *", ends_at=NOVEMBER)
    assert shortest_gap(over, NOVEMBER) is None


def test_a_moment_of_start_is_looked_at() -> None:
    """Nothing fires before it, so nothing is held against what would have."""
    june = datetime(2027, 6, 1, tzinfo=UTC)
    within = rule("0 9 * * *", "Europe/Berlin", starts_at=june, ends_at=june + timedelta(days=60))
    assert shortest_gap(within, NOVEMBER) == timedelta(days=1)
    assert jitter_faults(within, 86_399, NOVEMBER) == []
    assert [f.pointer for f in jitter_faults(within, 86_400, NOVEMBER)] == ["/jitter_seconds"]
