"""What is planned while tables are small does not read them whole when they have grown."""

import pytest

from app.wiring.upkeep import Upkeep
from tests.support.deployment import Deployment

SCANNED = """
SELECT sum(seq_tup_read)::int AS n FROM pg_stat_user_tables
WHERE relname IN ('jobs', 'stages', 'usage', 'events')"""
LIVE = "SELECT n_live_tup::int AS n FROM pg_stat_user_tables WHERE relname = 'stages'"
PLANNED_FOR = "SELECT reltuples::int AS n FROM pg_class WHERE oid = 'stages'::regclass"


def number(deployment: Deployment, text: str) -> int:
    return int(deployment.rows(text)[0]["n"])


def test_a_job_among_many_reads_few_rows(deployment: Deployment) -> None:
    deployment.start("relay", "reconciler", "worker-core", "worker-openai")
    for size in (20, 150, 150):  # plans are made, and grow old
        deployment.wait(*[deployment.submit(f"{size}-{n}") for n in range(size)])
    before = number(deployment, SCANNED)
    deployment.wait(*[deployment.submit(f"last-{n}") for n in range(100)])
    # Postgres' processes tell what they read when they like: a part is enough to see whole tables.
    assert number(deployment, SCANNED) - before < 100 * 100


def test_a_table_is_analyzed_whenever_it_has_outgrown_its_statistics(
    deployment: Deployment,
) -> None:
    if number(deployment, "SELECT current_setting('server_version_num')::int AS n") < 170_000:
        pytest.skip("before PostgreSQL 17 only a table's owner may analyze it")
    upkeep = Upkeep(deployment.settings)
    for known, stages in ((0, 60), (60, 100), (60, 400)):
        count = (stages - number(deployment, "SELECT count(*)::int AS n FROM stages")) // 2
        for n in range(count):
            deployment.submit(f"{stages}-{n}")
        deployment.until(lambda: number(deployment, LIVE) == stages)  # noqa: B023
        assert max(0, number(deployment, PLANNED_FOR)) == known
        upkeep.recovery_rows.analyze_outgrown()
        assert number(deployment, PLANNED_FOR) == (60 if stages == 100 else stages)
        assert upkeep.recovery_rows.analyze_outgrown() == 0
    upkeep.close()
