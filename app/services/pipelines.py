"""The pipelines there are: name, version, and the JSON Schema of what each takes."""

from dataclasses import dataclass
from typing import Any

from app.services.extract_fields import EXTRACT_INPUT, EXTRACT_ITEM


@dataclass(frozen=True, kw_only=True)
class PipelineInfo:
    name: str
    version: int
    description: str
    input_schema: dict[str, Any]
    item_schema: dict[str, Any] | None = None  # for pipelines that take a batch


EXTRACT = PipelineInfo(
    name="extract",
    version=1,
    description="A prompt, a document or pictures, a JSON Schema in; data that satisfies it out.",
    input_schema=EXTRACT_INPUT,
    item_schema=EXTRACT_ITEM,
)
PIPELINES = {EXTRACT.name: EXTRACT}


class PipelineService:
    def list(self) -> list[PipelineInfo]:
        return list(PIPELINES.values())
