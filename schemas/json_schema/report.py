"""How an answer came to satisfy its schema."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from schemas.json_schema.relaxed import Relaxation
from schemas.json_schema.validate import SchemaError


@dataclass(frozen=True, kw_only=True)
class ValidationReport:
    """Goes with an output that satisfies the client's schema."""

    mode: str  # that the accepted answer was asked for in; `fields`: only what had failed
    attempts: int  # answers that were looked at, the accepted one among them
    repaired: bool  # whether its punctuation was mended
    relaxed: Sequence[Relaxation] = ()  # what the vendor did not enforce
    fixed: Sequence[SchemaError] = ()  # faults of answers before, by the last one that had them

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "relaxed": [asdict(item) for item in self.relaxed],
            "fixed": [asdict(item) for item in self.fixed],
        }
