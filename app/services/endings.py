"""How an extraction's stage ends with an answer: checked, reported, handed on."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.repositories.claims import Claim, StageEnd
from app.repositories.records import Call
from app.services.asking import Inquiry
from app.services.questions import FIELDS, restored
from app.services.reports import places_of, report_of
from app.services.stages import StageService
from providers.registry import dialect_of
from providers.types import Completion
from schemas.json_schema.validate import checker_for


class Endings:
    """Each says whether the canvas may go on. All raise ClaimLost."""

    def __init__(self, stages: StageService) -> None:
        self._stages = stages

    def on_record(self, claim: Claim, call: Call, before: Sequence[Call], dialect: str) -> bool:
        """With an answer that a call of before a takeover gave."""
        value = restored(call, claim.job.input["schema"], dialect)
        report = report_of(claim, value, call, before, dialect)
        end = StageEnd(output=value, provider=call.provider, model=call.model, report=report)
        return self._end(claim, end, None)

    def answered_instead(self, claim: Claim, inquiry: Inquiry, completion: Completion) -> bool:
        """With an answer that is not the provider's: from the cache, or by a plugin."""
        failed = inquiry.replaced()
        try:
            value = json.loads(completion.text)
        except ValueError:
            value = completion.text
        errors = checker_for(claim.job.input["schema"]).errors(value)
        if errors:
            faults = [{"pointer": e.pointer, "detail": e.detail} for e in errors]
            if failed is not None:
                self._stages.end_call(claim, failed)
            return self._stages.fail(claim, invalid(faults))
        end = StageEnd(
            output=value,
            provider=inquiry.context.provider,
            model=inquiry.context.model,
            cache=inquiry.context.cache,
            report=places_of(claim, value) or None,
        )
        return self._end(claim, end, failed)

    def answered(
        self,
        claim: Claim,
        inquiry: Inquiry,
        completion: Completion,
        call: Call,
        before: Sequence[Call],
    ) -> Call | bool:
        """With a provider's answer; its record, when it is not valid and did not end the stage."""
        asked = inquiry.asked
        value, faults = asked.read(completion.text, claim.job.input["schema"])
        if asked.mode == FIELDS and value is not None:
            call = replace(call, answer=json.dumps(value, ensure_ascii=False))
        if faults:
            call = replace(call, verdict="invalid", error=invalid(faults))
            self._stages.end_call(claim, call)
            return call
        inquiry.accepted(value)
        report = report_of(claim, value, call, before, dialect_of(inquiry.deployment.provider))
        if inquiry.context.redacted:
            report["redacted"] = dict(inquiry.context.redacted)
        end = StageEnd(
            output=value,
            provider=call.provider,
            model=call.model,
            cache=inquiry.context.cache,
            report=report,
        )
        return self._end(claim, end, replace(call, verdict="valid"))

    def _end(self, claim: Claim, end: StageEnd, record: Call | None) -> bool:
        if claim.join_id is not None:
            return self._stages.end_item(claim, end, record)
        return self._stages.pass_on(claim, end, record)


def invalid(faults: Sequence[dict[str, Any]]) -> dict[str, Any]:
    message = "the answer does not satisfy the schema"
    return {"code": "answer_invalid", "message": message, "errors": list(faults)}
