"""Jobs at providers of other kinds than the first three, in workers against the simulator."""

import importlib.util

import pytest

from tests.support.deployment import Deployment

pytestmark = pytest.mark.skipif(importlib.util.find_spec("boto3") is None, reason="no boto3")
HAIKU = "eu.anthropic.claude-haiku-4-5-20251001-v1:0"
TABLES = """
[providers.aws]
kind = "bedrock"
base_url = "{url}/bedrock"
key = "simulator"
models = ["{haiku}"]
[providers.openrouter]
base_url = "{url}/openai/v1"
key = "simulator"
models = ["openai/gpt-5-mini"]
[providers.local]
kind = "ollama"
base_url = "{url}/openai/v1"
models = ["qwen3"]
"""


@pytest.fixture
def sellers(deployment: Deployment) -> Deployment:
    deployment.providers(TABLES.format(url=deployment.servers.simulator_url, haiku=HAIKU))
    return deployment


def test_each_seller_serves_its_jobs(sellers: Deployment) -> None:
    sellers.start("relay", "reconciler", "worker-core")
    sellers.start("worker-aws", "worker-openrouter", "worker-local")
    models = [f"aws/{HAIKU}", "openrouter/openai/gpt-5-mini", "local/qwen3"]
    jobs = [sellers.submit(f"n{n}", input={"model": model}) for n, model in enumerate(models)]
    assert [job.status for job in sellers.wait(*jobs)] == ["succeeded"] * 3
    rows = sellers.rows("SELECT provider, model, outcome, cost_micros, mode FROM usage")
    told = {row["provider"]: row for row in rows}
    assert {row["outcome"] for row in rows} == {"succeeded"}
    assert told["aws"]["model"] == HAIKU
    assert told["aws"]["cost_micros"] > 0
    assert told["openrouter"]["cost_micros"] > 0
    assert told["local"]["cost_micros"] is None, "a model of one's own is unpriced, not free"
    assert {row["mode"] for row in rows} == {"native"}
