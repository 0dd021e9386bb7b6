"""The simulator's own limits a minute, which answer 429."""

from typing import Any

import pytest

from providers.simulator import minutes
from providers.simulator.faults import BadFault, Faults


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(minutes.time, "monotonic", lambda: now[0])
    return now


def answered(faults: Faults, tokens: int = 1, times: int = 100) -> int:
    return sum(faults.next("openai/m", "", tokens).status == 200 for _ in range(times))


def test_a_bucket_fills_evenly(clock: list[float]) -> None:
    faults = Faults()
    faults.put({"openai/m": {"per_minute": {"requests": 60, "at_once": 0.5}}})
    assert answered(faults) == 30
    refused = faults.next("openai/m")
    assert (refused.status, refused.retry_after) == (429, 1.0)
    clock[0] += 5
    assert answered(faults) == 5
    clock[0] += 3600
    assert answered(faults) == 30


def test_tokens_count_by_themselves(clock: list[float]) -> None:
    faults = Faults()
    faults.put({"*": {"per_minute": {"requests": 60, "tokens": 6000}}})
    assert answered(faults, tokens=1500) == 4
    clock[0] += 15
    assert answered(faults, tokens=1500) == 1
    clock[0] += 120
    assert answered(faults, tokens=10_000) == 1, "larger than the whole: when it is full"


@pytest.mark.parametrize(
    "limit", [3, {"requests": 0}, {"tokens": 1.5}, {"at_once": 2}, {"calls": 1}]
)
def test_what_is_none_is_refused(limit: Any) -> None:
    with pytest.raises(BadFault):
        Faults().put({"*": {"per_minute": limit}})
