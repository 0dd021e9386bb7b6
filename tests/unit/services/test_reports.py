"""What is told of how an answer became valid."""

import json
from types import SimpleNamespace
from typing import Any

from app.services.reports import report_of
from tests.unit.services.test_ladder import call, failed

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}


def fault(pointer: str, detail: str) -> dict[str, Any]:
    return {"code": "answer_invalid", "errors": [{"pointer": pointer, "detail": detail}]}


def test_only_answers_count_and_of_each_place_the_last_fault() -> None:
    given = {"schema": SCHEMA, "prompt": "p", "document": "d"}
    claim: Any = SimpleNamespace(job=SimpleNamespace(input=given), stage=SimpleNamespace(item=None))
    before = [
        failed("provider_unavailable", retryable=True),
        call("succeeded", verdict="invalid", answer="{}", error=fault("/a", "first")),
        failed("provider_unavailable", retryable=True),
        call("succeeded", verdict="invalid", answer="{}", error=fault("/a", "second")),
    ]
    last = call("succeeded", verdict="valid", answer=json.dumps({"a": "x"}), mode="native")
    report = report_of(claim, {"a": "x"}, last, before, "openai")
    assert (report["mode"], report["attempts"], report["repaired"]) == ("native", 3, False)
    assert report["fixed"] == [{"pointer": "/a", "detail": "second"}]
