"""What becomes of chunks' answers: the output, the report, or why there is none."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.repositories.records import Stage
from app.services.long_documents import LongDocumentService

DOCUMENT = "Alpha 1. Beta 2. Gamma 3. Delta 4."
ROWS = {
    "type": "object",
    "properties": {
        "rows": {"type": "array", "items": {"type": "string"}},
        "note": {"type": ["string", "null"]},
        "total": {"type": "number"},
    },
    "required": ["rows", "note"],
}


def chunk(index: int, start: int, end: int, output: Any = None, **more: Any) -> Stage:
    given = {"status": "done", "output": output} | more
    item = {"start": start, "end": end}
    return Stage(
        id=f"s{index}", job_id="j", name="item", lane="l", item_index=index, item=item, **given
    )


class Ended:
    """Stands for the stages and the jobs; keeps how the job ended."""

    def __init__(self, chunks: list[Stage], **given: Any) -> None:
        self.chunks = chunks
        asked = {"document": DOCUMENT, "schema": ROWS, "chunking": {"on_error": "fail"}} | given
        job = SimpleNamespace(id="j", input=asked)
        self.claim: Any = SimpleNamespace(tenant_id="t", job=job)
        self.output: Any = None
        self.error: dict[str, Any] | None = None
        self.report: dict[str, Any] = {}
        anything: Any = self
        LongDocumentService(jobs=anything, stages=anything).join(self.claim)

    def results(self, tenant: str, job: str, after: int, limit: int) -> list[Stage]:
        return self.chunks[after + 1 : after + 1 + 2]  # pages of two

    def succeed(self, claim: Any, output: Any, report: dict[str, Any]) -> bool:
        self.output, self.report = output, report
        return True

    def fail(self, claim: Any, error: dict[str, Any], end: Any) -> bool:
        assert end.status == "failed"
        self.error, self.report = error, end.report
        return False


def test_what_both_read_in_the_shared_text_is_there_once() -> None:
    """Beta stands in both; the second Alpha does not, though both chunks have one."""
    chunks = [
        chunk(0, 0, 17, {"rows": ["Alpha", "Beta"], "note": "n"}),
        chunk(1, 9, 26, {"rows": ["beta", "Alpha", "Gamma"]}),
        chunk(2, 26, 34, {"rows": ["Gamma", "Delta"], "total": 4}),
    ]
    ended = Ended(chunks)
    rows = ["Alpha", "Beta", "Alpha", "Gamma", "Gamma", "Delta"]
    assert ended.output == {"rows": rows, "note": "n", "total": 4}
    assert ended.report["conflicts"] == []
    assert "filled" not in ended.report
    assert [c["start"] for c in ended.report["chunks"]] == [0, 9, 26]


def test_an_item_that_goes_on_past_the_shared_text_is_another() -> None:
    schema = {"type": "array", "items": {"type": "object"}}
    row = {"name": "Beta", "with": "Gamma"}
    chunks = [chunk(0, 0, 17, [row]), chunk(1, 9, 34, [row])]
    assert Ended(chunks, schema=schema).output == [row, row]
    row = {"name": "Beta", "n": 2}
    chunks = [chunk(0, 0, 17, [row]), chunk(1, 9, 34, [row])]
    assert Ended(chunks, schema=schema).output == [row]


def test_what_nobody_said_is_filled_in_and_told() -> None:
    ended = Ended([chunk(0, 0, 17, {}), chunk(1, 17, 34, {"total": 1})])
    assert ended.output == {"rows": [], "note": None, "total": 1}
    assert set(ended.report["filled"]) == {"/rows", "/note"}


def test_the_whole_is_held_against_the_clients_schema() -> None:
    ended = Ended([chunk(0, 0, 17, {"rows": ["a"]}), chunk(1, 17, 34, {"total": "many"})])
    assert ended.error is not None
    assert (ended.error["code"], ended.output) == ("answer_invalid", None)
    assert {e["pointer"] for e in ended.error["errors"]} == {"", "/total"}
    assert [c["status"] for c in ended.report["chunks"]] == ["done", "done"]


def test_a_failed_chunk_by_policy() -> None:
    error = {"code": "provider_timeout", "message": "no answer", "tried": ["much"]}
    chunks = [
        chunk(0, 0, 12, {"rows": ["a"], "note": None}),
        chunk(1, 9, 20, status="failed", error=error),
        chunk(2, 17, 26, status="dead"),
        chunk(3, 26, 34, {"rows": ["b"]}),
    ]
    failed = Ended(chunks)
    assert failed.error is not None
    assert failed.error["code"] == "chunks_failed"
    assert failed.error["errors"] == [
        {"pointer": "/input/document",
         "detail": "characters 9 to 20: provider_timeout: no answer"},
        {"pointer": "/input/document",
         "detail": "characters 17 to 26: dead: it was not asked about"},
    ]  # fmt: skip
    skipped = Ended(chunks, chunking={"on_error": "skip"})
    assert skipped.output == {"rows": ["a", "b"], "note": None}
    assert skipped.report["missing"] == [{"start": 12, "end": 26}]
    told = [chunk["error"] for chunk in skipped.report["chunks"]]
    assert told == [None, {"code": "provider_timeout", "message": "no answer"}, None, None]


@pytest.mark.parametrize("policy", ["fail", "skip"])
def test_no_chunk_at_all_is_no_answer(policy: str) -> None:
    chunks = [chunk(0, 0, 20, status="failed", error={"code": "c", "message": "m"})]
    ended = Ended(chunks, chunking={"on_error": policy})
    assert ended.error is not None
    assert ended.error["code"] == "chunks_failed"


def test_places_and_redactions_are_the_whole_documents() -> None:
    def line(pointer: str, start: int, end: int) -> dict[str, Any]:
        return {"pointer": pointer, "found": "exact", "start": start, "end": end}

    first = {"provenance": [line("/rows/0", 0, 5)], "redacted": {"email": 1}}
    second = {
        "provenance": [line("/rows/0", 9, 13), line("/rows/1", 17, 22)],
        "redacted": {"email": 2, "ip": 1},
    }
    ended = Ended(
        [
            chunk(0, 0, 17, {"rows": ["Alpha"], "note": None}, report=first),
            chunk(1, 9, 34, {"rows": ["Beta", "Gamma"]}, report=second),
        ],
        provenance=True,
    )
    found = [(p["pointer"], p["start"], p["end"]) for p in ended.report["provenance"]]
    assert found == [("/rows/0", 0, 5), ("/rows/1", 9, 13), ("/rows/2", 17, 22)]
    assert ended.report["redacted"] == {"email": 3, "ip": 1}
