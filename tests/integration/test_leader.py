"""One reconciler works at a time; after an outage it lets the living renew their leases first."""

import threading

import psycopg
import pytest

from app.infra.postgres import SYSTEM_ROLE, as_role
from tasks.leader import lead
from tests.support.deployment import Deployment


class Waits(threading.Event):
    """An event that is told to stop by the first wait of `pause` seconds, and notes the others."""

    def __init__(self, pause: float = 2.0) -> None:
        super().__init__()
        self.pause = pause
        self.waited: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        if timeout == self.pause:
            self.set()
        return self.is_set()


def url(deployment: Deployment) -> str:
    return as_role(deployment.settings.database.system_url or deployment.database_url, SYSTEM_ROLE)


def test_it_waits_for_the_living_after_an_outage_only(deployment: Deployment) -> None:
    for away, waited in ((False, []), (True, [4.5])):
        stopped = Waits()
        leader = lead(url(deployment), stopped, stopped.pause, 4.5, away)
        assert leader is not None
        assert stopped.waited == waited
        leader.close()


def test_an_outage_that_it_meets_itself_counts(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, tried = psycopg.connect, ["postgresql://127.0.0.1:1/none", url(deployment)]
    monkeypatch.setattr(psycopg, "connect", lambda _, **how: connect(tried.pop(0), **how))
    stopped = Waits(pause=-1.0)
    leader = lead("whatever", stopped, 0.0, 4.5, False)
    assert leader is not None
    assert stopped.waited == [0.0, 4.5]
    leader.close()


def test_a_second_stands_by(deployment: Deployment) -> None:
    first = lead(url(deployment), Waits(), 2.0, 0.0, False)
    assert first is not None
    stopped = Waits()
    assert lead(url(deployment), stopped, stopped.pause, 0.0, False) is None
    assert stopped.waited == [stopped.pause]
    first.close()
