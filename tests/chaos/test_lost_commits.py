"""A crash of Postgres takes back what was committed without waiting for the disk.

The claim of a stage and the intent of a call are committed so; their worker lives on.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from app.repositories.claims import Claim
from app.repositories.records import Call
from app.services.stages import ClaimLost
from tests.support.deployment import Deployment


def forgetful(deployment: Deployment) -> None:
    """Only commits that wait for it bring anything to the disk."""
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE TABLE flushes (at timestamptz)")


def flush(deployment: Deployment) -> None:
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        connection.execute("INSERT INTO flushes VALUES (now())")


def crash(deployment: Deployment) -> None:
    postgres = deployment.servers.postgres
    port = postgres.port
    postgres.stop(immediate=True)
    postgres.start(port=port)
    with contextlib.suppress(psycopg.OperationalError):
        deployment.services.app_db.system("SELECT 1")


@pytest.fixture
def claim(deployment: Deployment) -> Callable[[], Claim | None]:
    forgetful(deployment)
    job = deployment.submit("lost")
    (stage,) = deployment.rows("SELECT id FROM stages WHERE job_id = %s AND ready", job.id)

    def again() -> Claim | None:
        return deployment.services.claims.claim(
            deployment.tenant_id, stage["id"], worker="one", lease_seconds=30
        )

    return again


def asked(deployment: Deployment, claim: Claim) -> Call:
    return deployment.services.stages.begin_call(
        claim, choice=0, provider="openai", model="m", simulated=True, credential=None, mode=None
    )


def answered(call: Call) -> Call:
    return replace(
        call, outcome="succeeded", verdict="valid", answer="{}", input_tokens=7, cost_micros=3
    )


def usage(deployment: Deployment) -> list[tuple[str, int | None]]:
    rows = deployment.rows("SELECT outcome, cost_micros FROM usage ORDER BY outcome")
    return [(row["outcome"], row["cost_micros"]) for row in rows]


def test_a_claim_that_was_taken_back_writes_nothing_beside_the_next_one(
    deployment: Deployment, claim: Callable[[], Claim | None]
) -> None:
    stages = deployment.services.stages
    stale = claim()
    assert stale is not None
    late = asked(deployment, stale)
    crash(deployment)
    assert usage(deployment) == [], "the crash was to take it back"
    holder = claim()
    assert holder is not None, "the crash was to take it back"
    call = asked(deployment, holder)
    with pytest.raises(ClaimLost):
        stages.pass_on(stale, call=answered(late))
    assert usage(deployment) == [("in_flight", None), ("unknown", 3)], "what it cost is known"
    stages.pass_on(holder, call=answered(call))
    assert usage(deployment) == [("succeeded", 3), ("unknown", 3)]


@pytest.mark.parametrize("ends", ["call", "stage"])
def test_a_call_whose_intent_was_taken_back_is_on_record(
    deployment: Deployment, claim: Callable[[], Claim | None], ends: str
) -> None:
    holder = claim()
    assert holder is not None
    flush(deployment)
    call = asked(deployment, holder)
    crash(deployment)
    assert usage(deployment) == [], "the crash was to take it back"
    if ends == "call":  # its claim is not lost: nothing is raised
        deployment.services.stages.end_call(holder, answered(call))
    else:
        deployment.services.stages.pass_on(holder, call=answered(call))
    assert usage(deployment) == [("succeeded", 3)]


def test_one_call_learns_that_every_connection_is_broken(deployment: Deployment) -> None:
    database = deployment.services.app_db
    with contextlib.ExitStack() as held:
        for _ in range(4):
            held.enter_context(database.connection()).execute("SELECT 1")
    crash(deployment)  # where the first call fails
    for _ in range(4):
        assert database.system("SELECT 1 AS one") == [{"one": 1}]
