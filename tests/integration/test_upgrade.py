"""A database with jobs of an older release is migrated, and they can be started."""

import json
from dataclasses import replace
from typing import Any

import psycopg
from alembic import command

from migrations import runner
from tests.support.deployment import SCHEMA, Deployment

OLD = "0010"  # the release that knew no tenant settings, no provider limits, no semantic cache
JOB = """
INSERT INTO jobs (id, tenant_id, pipeline, pipeline_version, status, priority, input, metadata,
    event_seq, created_at, ended_at)
VALUES (%(job)s, %(tenant)s, 'extract', 1, %(status)s, 'normal', %(input)s, '{}', 1, now(),
    CASE WHEN %(status)s = 'failed' THEN now() END)"""
STAGE = """
INSERT INTO stages (id, tenant_id, job_id, name, position, next_id, lane, ready, status, queued_at,
    cache)
VALUES (%(id)s, %(tenant)s, %(job)s, %(name)s, %(position)s, %(next)s, %(lane)s, %(ready)s,
    %(status)s, now(), %(cache)s)"""
SENT = """
INSERT INTO outbox (tenant_id, job_id, stage_id, lane, priority)
VALUES (%(tenant)s, %(job)s, %(id)s, 'openai', 1)"""


def old_job(connection: psycopg.Connection[Any], tenant: Any, name: str, failed: bool) -> str:
    """As the older release wrote it: queued, or ended as failed at its first stage."""
    job = f"job_{name}"
    given = {"prompt": "Extract.", "schema": SCHEMA, "model": ["openai/gpt-5-mini"]}
    given |= {"max_attempts": 3, "document": f"[call-key:{name}]\nNumber: {name}\nTotal: 7"}
    common = {"tenant": tenant, "job": job, "input": json.dumps(given)}
    connection.execute(JOB, {**common, "status": "failed" if failed else "queued"})
    validate = {"id": f"stg_v{name}", "name": "validate", "position": 1, "next": None}
    validate |= {"lane": "core", "ready": False, "status": "skipped" if failed else "pending"}
    complete = {"id": f"stg_c{name}", "name": "complete", "position": 0, "next": f"stg_v{name}"}
    complete |= {"lane": "openai", "ready": True, "status": "failed" if failed else "pending"}
    for stage in (validate, complete):
        connection.execute(STAGE, {**common, **stage, "cache": "hit" if failed else None})
    if not failed:
        connection.execute(SENT, {**common, **complete})
    return job


def emptied(made: Deployment) -> None:
    """The deployment's database as the older release left it."""
    with psycopg.connect(made.database_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        connection.execute("GRANT USAGE, CREATE ON SCHEMA public TO penstock_system")
    with runner._alembic(made.database_url) as config:
        command.upgrade(config, OLD)


def test_jobs_of_an_older_release_can_be_started(deployment: Deployment) -> None:
    emptied(deployment)
    services = deployment.services
    tenant = services.tenants.create("old")
    owner = replace(deployment.principal, tenant_id=tenant.id)
    with psycopg.connect(deployment.database_url) as connection:
        old = [old_job(connection, tenant.id, f"a{n}", failed=False) for n in range(3)]
        broken = old_job(connection, tenant.id, "b", failed=True)
    assert runner.migrate(deployment.database_url)[0] == "0011"
    assert services.jobs.retry(owner, broken).status == "queued"
    (waiting,) = services.outbox.candidates(10, [], []).values()
    assert {(m.lane, m.deployment, m.tokens) for m in waiting} == {("openai", "", 0)}
    sent = {m.job_id: m.stage_id for m in services.outbox.lock([m.id for m in waiting], 30)}
    assert sent.keys() == {*old, broken}
    claim = services.claims.claim(tenant.id, sent[old[0]], worker="w", lease_seconds=30)
    assert claim is not None
    assert services.stages.put_back(claim, delay=0, lane="gemini", deployment="gemini/x") is False
    services.jobs.cancel(owner, old[1])
    services.jobs.erase(owner, old[1])
    assert {job.id for job in services.jobs.list(owner)[0]} == {old[0], old[2], broken}
