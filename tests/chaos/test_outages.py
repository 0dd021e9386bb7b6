"""A process, the broker, the cache or the database goes away for a while."""

import time

import pytest

from tests.support.deployment import Deployment
from tests.support.promises import assert_promises, unknown_calls


def slow(deployment: Deployment, seconds: float) -> None:
    deployment.servers.simulate("PUT", "/control/faults", {"*": {"latency_seconds": seconds}})


def in_flight(deployment: Deployment, at_least: int = 1) -> bool:
    calls = deployment.servers.simulate("GET", "/control/calls")
    return bool(calls["in_flight"] >= at_least)


@pytest.mark.parametrize("role", ["relay", "reconciler", "worker-core", "worker-openai"])
def test_sigkill_of_a_role_in_the_middle(deployment: Deployment, role: str) -> None:
    slow(deployment, 1.0)
    deployment.start_all()
    jobs = [deployment.submit(f"kill-{role}-{n}") for n in range(6)]
    deployment.until(lambda: in_flight(deployment))
    deployment.kill(role)
    assert_promises(deployment, deployment.wait(*jobs))


def test_the_broker_is_killed_and_comes_back(deployment: Deployment) -> None:
    slow(deployment, 0.5)
    deployment.start_all()
    jobs = [deployment.submit(f"broker-{n}") for n in range(6)]
    deployment.until(lambda: in_flight(deployment))
    valkey = deployment.servers.valkey
    port = valkey.port
    valkey.kill()
    jobs += [deployment.submit(f"while-down-{n}") for n in range(3)]
    valkey.start(port=port)
    assert_promises(deployment, deployment.wait(*jobs))


def test_flushall_in_the_middle_of_a_chord(deployment: Deployment) -> None:
    slow(deployment, 0.5)
    deployment.start_all()
    job = deployment.submit_batch("flush", 30)
    deployment.until(lambda: in_flight(deployment, 5))
    deployment.servers.flush()
    ended = deployment.wait(job)
    assert ended[0].progress == {"total": 30, "succeeded": 30, "failed": 0, "remaining": 0}
    assert_promises(deployment, ended)


def test_postgres_stops_at_once_and_starts_again(deployment: Deployment) -> None:
    slow(deployment, 0.5)
    deployment.start_all()
    jobs = [deployment.submit(f"pg-{n}") for n in range(6)]
    deployment.until(lambda: in_flight(deployment))
    postgres = deployment.servers.postgres
    port = postgres.port
    postgres.stop(immediate=True)
    postgres.start(port=port)
    assert_promises(deployment, deployment.wait(*jobs))


def test_answers_that_came_while_postgres_was_away_are_not_paid_for_twice(
    deployment: Deployment,
) -> None:
    slow(deployment, 0.5)
    deployment.start_all()
    jobs = [deployment.submit(f"away-{n}") for n in range(6)]
    deployment.until(lambda: in_flight(deployment, 6))
    postgres = deployment.servers.postgres
    port = postgres.port
    postgres.stop()
    deployment.until(lambda: not in_flight(deployment))
    time.sleep(4.0)  # longer than a lease
    postgres.start(port=port)
    assert_promises(deployment, deployment.wait(*jobs))
    assert sum(c["completed"] for c in deployment.calls().values()) == len(jobs)
    assert unknown_calls(deployment) == 0


def test_a_worker_frozen_past_its_lease_writes_nothing_when_it_thaws(
    deployment: Deployment,
) -> None:
    slow(deployment, 1.0)
    deployment.start_all()
    jobs = [deployment.submit(f"frozen-{n}") for n in range(3)]
    deployment.until(lambda: in_flight(deployment))
    frozen = deployment.pid("worker-openai")
    deployment.freeze("worker-openai")
    deployment.until(lambda: bool(deployment.rows("SELECT 1 FROM stages WHERE recoveries > 0")), 30)
    deployment.thaw("worker-openai")
    assert_promises(deployment, deployment.wait(*jobs))
    assert deployment.pid("worker-openai") == frozen, "it was not the frozen worker that went on"
