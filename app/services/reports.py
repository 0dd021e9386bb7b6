"""What goes with an output: how it became valid, and where in the document its values stand."""

from collections.abc import Sequence
from typing import Any

from app.repositories.claims import Claim
from app.repositories.records import Call
from app.services.questions import plan_of
from schemas.json_schema.parse import read_answer
from schemas.json_schema.provenance import provenance
from schemas.json_schema.report import ValidationReport
from schemas.json_schema.validate import SchemaError

MOST = 20  # relaxations and mended faults that are told of


def report_of(
    claim: Claim, value: Any, call: Call, before: Sequence[Call], dialect: str
) -> dict[str, Any]:
    """Of the valid answer `call`; `before`: the calls of this run that came before it."""
    given = claim.job.input
    looked_at = [c for c in before if c.verdict == "invalid"]
    shaped = plan_of(call, given["schema"], dialect)
    report = ValidationReport(
        mode=call.mode or shaped.mode,
        attempts=len(looked_at) + 1,
        repaired=read_answer(call.answer or "").repaired,
        relaxed=shaped.relaxed[:MOST],
        fixed=_faults(looked_at)[:MOST],
    )
    return report.to_json() | places_of(claim, value)


def places_of(claim: Claim, value: Any) -> dict[str, Any]:
    """Where the output's values stand in the document, when the job asks for it."""
    if not claim.job.input.get("provenance"):
        return {}
    item = claim.stage.item or {}
    document = item.get("document") or claim.job.input.get("document") or ""
    at = item.get("start", 0)  # of a chunk, in the job's document
    return {"provenance": [found.moved(at).to_json() for found in provenance(value, document)]}


def _faults(calls: Sequence[Call]) -> list[SchemaError]:
    """Each place once, with its last fault."""
    found = {
        fault["pointer"]: fault["detail"]
        for call in calls
        for fault in (call.error or {}).get("errors", [])
    }
    return [SchemaError(pointer=pointer, detail=detail) for pointer, detail in found.items()]
