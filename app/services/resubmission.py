"""When two submissions ask the same."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.repositories.records import Job


def fingerprint(
    job: Job, version: int, *, model: Any, items: Sequence[Mapping[str, Any]] | None, join: str
) -> bytes:
    """SHA-256 of what decides a job's result and who is told of it.

    That is the pipeline, the input with its defaults and the tenant's settings (`version`), the
    items, the join and the webhook; not metadata, priority and deadlines. `model` is as it was
    named: which of its deployments serves the job is not the client's choice. The order of object
    keys does not matter.
    """
    asked = {
        "version": version,
        "pipeline": job.pipeline,
        "input": {**job.input, "model": model},
        "items": items,
        "join": join,
        "webhook_url": job.webhook_url,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()
