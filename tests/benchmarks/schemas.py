"""Schemas shaped like public ones (JSONSchemaBench): each is run to an end, or refused with why."""

from collections import Counter
from typing import Any

from app.errors import InvalidInput
from app.repositories.records import Job
from tests.support.deployment import Deployment
from tests.unit.json_schema.bench_set import bench_set, rows

MODELS = ("openai/gpt-5-mini", "anthropic/claude-haiku-4-5", "gemini/gemini-2.5-flash")
DOCUMENT = "Invoice 7 of 2026-11-21 for Ann Smith, ann@example.org: 3 pens at 1.20, total 3.60 EUR."


def schemas(deployment: Deployment, count: int) -> dict[str, Any]:
    """As jobs of three vendors in turn: how many ended valid, failed and why, and were refused."""
    lanes = [f"worker-{model.partition('/')[0]}" for model in MODELS]
    deployment.start("relay", "reconciler", "worker-core", *lanes)
    jobs: list[Job] = []
    refused: list[InvalidInput] = []
    for number, schema in enumerate(bench_set(count)):
        given = {"schema": schema, "document": DOCUMENT, "model": MODELS[number % len(MODELS)]}
        try:
            jobs.append(deployment.submit(f"s{number}", input=given))
        except InvalidInput as error:
            refused.append(error)
    for error in refused:
        assert error.errors, "a refusal without a reason"
        assert all(fault.pointer.startswith("/input/schema") for fault in error.errors)
    ended = deployment.wait(*jobs, seconds=1200)
    codes = Counter((job.error or {}).get("code") for job in ended if job.status != "succeeded")
    return {
        "schemas": count,
        "valid": sum(job.status == "succeeded" for job in ended),
        "refused_with_a_reason": len(refused),
        "failed": dict(codes),
        "modes": {row.pop("dialect"): row for row in rows(count)},
    }
