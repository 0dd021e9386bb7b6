"""Bodies of job requests."""

from typing import Any

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}}
GOOD: dict[str, Any] = {
    "pipeline": "extract",
    "input": {"prompt": "Extract the person.", "document": "Ada Lovelace", "schema": SCHEMA},
}


def job(**changes: Any) -> dict[str, Any]:
    """A good request with other top-level fields; None leaves one out."""
    return {k: v for k, v in {**GOOD, **changes}.items() if v is not None}


def with_input(**changes: Any) -> dict[str, Any]:
    """A good request with another input; None leaves a field out."""
    changed = {**GOOD["input"], **changes}
    return job(input={k: v for k, v in changed.items() if v is not None})


def with_schema(schema: Any) -> dict[str, Any]:
    return with_input(schema=schema)


def batch(items: Any, **changes: Any) -> dict[str, Any]:
    return {**with_input(document=None), "items": items, **changes}
