import logging

import pytest
import redis

from app.infra import resting_redis
from app.infra.resting_redis import REST, RestingRedis


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(resting_redis.time, "monotonic", lambda: now[0])
    return now


def away() -> None:
    raise redis.ConnectionError("refused")


def test_it_rests_after_a_failure_and_says_so_once(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    resting, asked = RestingRedis("redis://127.0.0.1:1", "something_off"), []
    with caplog.at_level(logging.WARNING):
        assert resting.attempt(away) is None
        assert resting.attempt(lambda: asked.append(1)) is None
        assert asked == [], "it was asked while it rested"
        with pytest.raises(redis.ConnectionError):
            resting.ask(lambda: asked.append(1))
        clock[0] += REST + 0.1
        assert resting.attempt(away) is None
    assert [record.message for record in caplog.records] == ["something_off"]


def test_it_is_asked_again_and_says_so_when_it_goes_anew(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    resting = RestingRedis("redis://127.0.0.1:1", "something_off")
    with caplog.at_level(logging.WARNING):
        resting.attempt(away)
        clock[0] += REST + 0.1
        assert resting.attempt(lambda: "here") == "here"
        resting.attempt(away)
    assert len(caplog.records) == 2


def test_other_mistakes_are_not_hidden(clock: list[float]) -> None:
    with pytest.raises(ZeroDivisionError):
        RestingRedis("redis://127.0.0.1:1", "x").attempt(lambda: 1 / 0)
