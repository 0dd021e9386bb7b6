"""What a million ended jobs cost the next one, and how fast the old ones go."""

import statistics
import threading
import time
from typing import Any
from uuid import UUID

import psycopg

from tests.support.deployment import Deployment

Figures = dict[str, Any]
SAMPLES = 200
DAYS = 10  # how old the filling is
FILL = (
    "SET session_replication_role = replica",  # no triggers and no foreign keys
    """INSERT INTO jobs (id, tenant_id, pipeline, pipeline_version, status, priority, input,
        metadata, output, event_seq, created_at, started_at, ended_at)
    SELECT 'job_' || lpad(n::text, 26, 'a'), %(tenant)s, 'extract', 1, 'succeeded', 'normal',
        '{"prompt": "x", "document": "y", "schema": {}, "model": ["openai/gpt-5-mini"]}', '{}',
        '{"total": 7}', 4, at, at, at + interval '1 second'
    FROM generate_series(1, %(count)s) AS n, LATERAL (
        SELECT now() - make_interval(days => %(days)s) + n * interval '0.5 seconds' AS at) AS t""",
    """INSERT INTO stages (id, tenant_id, job_id, name, position, lane, ready, status, epoch,
        attempts, queued_at, dispatched_at, started_at, ended_at, output)
    SELECT 'stg_' || s || lpad(n::text, 25, 'a'), %(tenant)s, 'job_' || lpad(n::text, 26, 'a'),
        CASE s WHEN 0 THEN 'complete' ELSE 'validate' END, s, 'openai', true, 'done', 1, 1,
        now(), now(), now(), now(), '{"total": 7}'
    FROM generate_series(1, %(count)s) AS n, generate_series(0, 1) AS s""",
    """INSERT INTO events (id, tenant_id, job_id, sequence, type, data)
    SELECT 'evt_' || s || lpad(n::text, 25, 'a'), %(tenant)s, 'job_' || lpad(n::text, 26, 'a'), s,
        'job.x', '{"status": "x"}'
    FROM generate_series(1, %(count)s) AS n, generate_series(1, 4) AS s""",
    """INSERT INTO usage (id, tenant_id, job_id, stage_id, run, sequence, choice, provider, model,
        simulated, outcome, answer, input_tokens, output_tokens, cost_micros)
    SELECT 'use_' || lpad(n::text, 26, 'a'), %(tenant)s, 'job_' || lpad(n::text, 26, 'a'),
        'stg_0' || lpad(n::text, 25, 'a'), 1, 1, 0, 'openai', 'gpt-5-mini', true, 'succeeded',
        '{"total": 7}', 100, 10, 5
    FROM generate_series(1, %(count)s) AS n""",
)


def million_rows(full: Deployment, count: int) -> Figures:
    """Submit and claim at `count` jobs, as ratios to an empty database in the same run."""
    empty = Deployment(full.servers, full.folder, lease_seconds=30)
    began = time.perf_counter()
    _fill(full, count)
    filled = time.perf_counter() - began
    try:
        submits, claims = _interleaved(full, empty)
        erased, during = _sweeping(full)
        _, alone = submits[0], statistics.median(submits[0])
        return {
            "jobs": count,
            "fill_seconds": filled,
            "submit_ratio": alone / statistics.median(submits[1]),
            "claim_ratio": statistics.median(claims[0]) / statistics.median(claims[1]),
            "submit_ms_full": 1000 * alone,
            "claim_ms_full": 1000 * statistics.median(claims[0]),
            "erased_jobs_per_second": erased,
            "submit_while_sweeping_ratio": statistics.median(during) / alone,
        }
    finally:
        empty.services.close()


def _fill(deployment: Deployment, count: int) -> None:
    values = {"tenant": deployment.tenant_id, "count": count, "days": DAYS}
    with psycopg.connect(deployment.database_url, autocommit=True) as connection:
        for statement in FILL:
            connection.execute(statement.encode(), values if "%(" in statement else None)
        connection.execute(b"VACUUM ANALYZE")


Times = tuple[list[float], list[float]]


def _interleaved(full: Deployment, empty: Deployment) -> tuple[Times, Times]:
    submits: Times = ([], [])
    claims: Times = ([], [])
    for deployment in (full, empty):  # the plans' first uses
        for n in range(20):
            _claim(deployment, deployment.submit(f"warm-{n}").id)
    with psycopg.connect(empty.database_url, autocommit=True) as connection:
        connection.execute(b"ANALYZE")
    for n in range(SAMPLES):
        for index, deployment in enumerate((full, empty)):
            began = time.perf_counter()
            job = deployment.submit(f"m-{n}")
            submitted = time.perf_counter()
            submits[index].append(submitted - began)
            claims[index].append(_claim(deployment, job.id))
    return submits, claims


def _claim(deployment: Deployment, job_id: str) -> float:
    stage = deployment.services.app_db.one(
        deployment.tenant_id,
        "SELECT id FROM stages WHERE tenant_id = %(tenant)s AND job_id = %(job)s AND ready",
        {"tenant": deployment.tenant_id, "job": job_id},
    )
    assert stage is not None
    began = time.perf_counter()
    claim = deployment.services.claims.claim(
        deployment.tenant_id, stage["id"], worker="bench", lease_seconds=3600
    )
    assert claim is not None
    return time.perf_counter() - began


def _sweeping(deployment: Deployment) -> tuple[float, list[float]]:
    """Jobs erased a second, and what submissions take meanwhile."""
    (name,) = deployment.rows(
        "SELECT name FROM tenants WHERE id = %s", UUID(str(deployment.tenant_id))
    )
    deployment.services.limit_administration.set(name["name"], {"output_days": 1})
    done: dict[str, int] = {}
    began = time.perf_counter()
    sweep = threading.Thread(target=lambda: done.update(deployment.services.retention.sweep(20)))
    sweep.start()
    during = []
    while sweep.is_alive():
        at = time.perf_counter()
        deployment.submit("during")
        during.append(time.perf_counter() - at)
        time.sleep(0.02)
    return done["jobs"] / (time.perf_counter() - began), during
