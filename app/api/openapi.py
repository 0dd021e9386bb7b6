"""Completes the OpenAPI document with what the schemas of bodies cannot say."""

from collections.abc import Sequence
from typing import Any

from app.services.pipelines import PipelineInfo

TEXT = {"schema": {"type": "string"}}
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "/health": ("The process answers", {"200": "it does"}),
    "/ready": ("The process can take jobs", {"200": "it can", "503": "it cannot; with the reason"}),
}


def complete(document: dict[str, Any], pipelines: Sequence[PipelineInfo]) -> dict[str, Any]:
    """The document with inputs, streams, result lines and the operators' paths."""
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"].pop("default", None)
                operation["responses"] = dict(sorted(operation["responses"].items()))
    _describe_inputs(document["components"]["schemas"]["JobRequest"]["properties"], pipelines)
    paths = document["paths"]
    _content(paths["/v1/jobs/{job_id}/events"], "text/event-stream")
    _content(paths["/v1/jobs/{job_id}/results"], "application/jsonl")
    for path, (summary, answers) in OPERATIONS.items():
        paths[path] = {"get": _open(summary, answers, "application/json", {"type": "object"})}
    text = {"type": "string"}
    paths["/metrics"] = {"get": _open("Prometheus metrics", {"200": "text"}, "text/plain", text)}
    return document


def _describe_inputs(properties: dict[str, Any], pipelines: Sequence[PipelineInfo]) -> None:
    properties["input"] |= {"anyOf": [p.input_schema for p in pipelines]}
    items = [p.item_schema for p in pipelines if p.item_schema]
    properties["items"]["items"] = {"anyOf": items}


def _content(path: dict[str, Any], media_type: str) -> None:
    path["get"]["responses"]["200"].setdefault("content", {})[media_type] = TEXT


def _open(summary: str, answers: dict[str, str], media_type: str, schema: Any) -> dict[str, Any]:
    """An operation that needs no key."""
    content = {media_type: {"schema": schema}}
    responses = {s: {"description": text, "content": content} for s, text in answers.items()}
    return {"tags": ["operations"], "summary": summary, "security": [], "responses": responses}
