"""Two beats, killed beats, killed ticks, nobody to tick for a while: every moment fires once."""

import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from app.repositories.schedule_records import Schedule
from tests.integration.schedules.test_firing import make
from tests.support.deployment import Deployment


def moments(deployment: Deployment) -> list[tuple[str, int]]:
    """(status, seconds since the first moment) of each fire, in order."""
    rows = deployment.rows("SELECT fire_at, status FROM schedule_fires ORDER BY fire_at")
    return [(r["status"], round((r["fire_at"] - rows[0]["fire_at"]).total_seconds())) for r in rows]


def assert_every_second_once(deployment: Deployment, at_least: int) -> None:
    found = moments(deployment)
    assert len(found) >= at_least, found
    assert [second for _, second in found] == list(range(len(found)))
    assert Counter(status for status, _ in found) == {"fired": len(found)}
    jobs = deployment.rows("SELECT count(*) AS n FROM jobs")[0]["n"]
    assert jobs == len(found)


def every_second(deployment: Deployment) -> Schedule:
    return make(deployment, interval_seconds=1, catch_up="all", catch_up_cap=1000)


@pytest.mark.parametrize(
    "seconds", [12, pytest.param(60, marks=[pytest.mark.chaos_long, pytest.mark.timeout(240)])]
)
def test_two_beats_one_of_them_killed_again_and_again(deployment: Deployment, seconds: int) -> None:
    deployment.start("worker-core", "beat")
    deployment.folder = deployment.folder / "second"  # a schedule file of its own
    deployment.folder.mkdir()
    deployment.start("beat-2")
    every_second(deployment)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(3)
        deployment.kill("beat-2")
        deployment.start("beat-2")
    deployment.until(lambda: len(moments(deployment)) >= seconds)
    assert_every_second_once(deployment, seconds)


@pytest.mark.parametrize("point", ["schedule.inserted", "schedule.fired"])
def test_sigkill_inside_a_tick(deployment: Deployment, tmp_path: Path, point: str) -> None:
    once = tmp_path / "once"
    deployment.start("beat", "worker-core", fault=f"{point}={once}")
    every_second(deployment)

    def enough() -> bool:
        deployment.revive_dead()
        return once.exists() and len(moments(deployment)) >= 6

    deployment.until(enough)
    assert_every_second_once(deployment, 6)


def test_nobody_ticks_for_a_while(deployment: Deployment) -> None:
    deployment.start("beat", "worker-core")
    every_second(deployment)
    deployment.until(lambda: len(moments(deployment)) >= 2)
    deployment.kill("worker-core")
    before = len(moments(deployment))
    time.sleep(4)
    deployment.start("worker-core")
    deployment.until(lambda: len(moments(deployment)) >= before + 6)
    assert_every_second_once(deployment, before + 6)


@pytest.mark.chaos_long
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("catch_up", "missed"), [("all", False), ("skip", True)])
def test_the_broker_is_away_for_longer_than_a_moment_may_be_late(
    deployment: Deployment, catch_up: str, missed: bool
) -> None:
    """Beat cannot hand out its ticks for 70 s; what becomes of the moments is the rule's to say."""
    deployment.start("beat", "worker-core")
    make(deployment, interval_seconds=1, catch_up=catch_up, catch_up_cap=1000)
    deployment.until(lambda: len(moments(deployment)) >= 2)
    valkey = deployment.servers.valkey
    port = valkey.port
    valkey.kill()
    time.sleep(70)
    valkey.start(port=port)
    before = len(moments(deployment))
    enough = before + (4 if missed else 70)
    deployment.until(lambda: deployment.revive_dead() or len(moments(deployment)) >= enough)
    if not missed:
        assert_every_second_once(deployment, enough)
        return
    found = moments(deployment)
    assert Counter(status for status, _ in found)["missed"] == 1
    fired = [second for status, second in found if status == "fired"]
    assert len(fired) == len(set(fired)) == len(deployment.rows("SELECT id FROM jobs"))
    gaps = [later - earlier for earlier, later in pairwise(fired) if later - earlier > 1]
    assert len(gaps) == 1, "once, while it was away"
    assert gaps[0] < 70, "moments up to a minute late still fire"
