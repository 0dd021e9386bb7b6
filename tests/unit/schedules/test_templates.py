"""Placeholders in long texts, and moments at the end of time."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from app.services.job_templates import PLACEHOLDER
from app.services.moments import Rule, moments


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["{{" + " " * 200_000, "{{" * 100_000, "{{ a" * 50_000])
def test_looking_for_placeholders_takes_linear_time(text: str) -> None:
    assert PLACEHOLDER.findall(text) == []


@pytest.mark.parametrize(("cron", "seconds"), [("0 0 1 1 *", None), (None, 366 * 86_400)])
def test_moments_end_with_time(cron: str | None, seconds: int | None) -> None:
    start = datetime(9998, 12, 31, tzinfo=UTC)
    rule = Rule(cron=cron, interval_seconds=seconds, timezone="UTC", anchor=start, starts_at=start)
    assert len(list(islice(moments(rule, start), 5))) <= 1
