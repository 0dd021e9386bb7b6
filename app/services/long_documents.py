"""The end of a document that was asked about in chunks: one value of what they say."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.repositories.claims import Claim, StageEnd
from app.repositories.jobs import JobRepository
from app.repositories.records import Stage
from app.services.stages import StageService
from schemas.json_schema.combine import Combined, Part, combine
from schemas.json_schema.completion import completed
from schemas.json_schema.pointers import steps
from schemas.json_schema.provenance import provenance
from schemas.json_schema.validate import SchemaError, checker_for

PAGE = 200  # chunks read at once
MAX_FILLED = 100  # places that are told of
MAX_TOLD = 20  # failed chunks in the job's error; the report has all


class LongDocumentService:
    def __init__(self, *, jobs: JobRepository, stages: StageService) -> None:
        self._jobs = jobs
        self._stages = stages

    def join(self, claim: Claim) -> bool:
        """End the job with the chunks' answers put together. Raises ClaimLost."""
        given, chunks = claim.job.input, self._chunks(claim)
        report: dict[str, Any] = {"chunks": [_told(chunk) for chunk in chunks], "conflicts": []}
        failed = [chunk for chunk in chunks if chunk.status != "done"]
        if failed and (given["chunking"]["on_error"] == "fail" or len(failed) == len(chunks)):
            return self._fail(claim, _failure(failed, len(chunks)), report)
        done = [chunk for chunk in chunks if chunk.status == "done"]
        made = _combined(given, done)
        report |= _found(given, done, made)
        value, errors, filled = _whole(made.value, given["schema"])
        if filled:
            report["filled"] = list(filled[:MAX_FILLED])
        if errors:
            error = {
                "code": "answer_invalid",
                "message": "the chunks' answers, put together, do not satisfy the schema",
                "errors": [{"pointer": e.pointer, "detail": e.detail} for e in errors],
            }
            return self._fail(claim, error, report)
        return self._stages.succeed(claim, value, report)

    def _fail(self, claim: Claim, error: dict[str, Any], report: dict[str, Any]) -> bool:
        return self._stages.fail(
            claim, error, StageEnd(status="failed", error=error, report=report)
        )

    def _chunks(self, claim: Claim) -> list[Stage]:
        found: list[Stage] = []
        while page := self._jobs.results(claim.tenant_id, claim.job.id, len(found) - 1, PAGE):
            found += page
        return found


def _whole(value: Any, schema: dict[str, Any]) -> tuple[Any, list[SchemaError], Sequence[str]]:
    """The value, with nulls and empty lists where the schema wants them, and what is wrong."""
    checker = checker_for(schema)
    errors = checker.errors(value)
    if not errors:
        return value, [], ()
    whole, filled = completed(value, schema)
    return (value, errors, ()) if checker.errors(whole) else (whole, [], filled)


def _told(chunk: Stage) -> dict[str, Any]:
    start, end = _span(chunk)
    error = chunk.error if chunk.status != "done" else None
    told = {"code": error.get("code"), "message": error.get("message")} if error else None
    told_as = {"index": chunk.item_index, "start": start, "end": end}
    return {**told_as, "status": chunk.status, "error": told}


def _failure(failed: Sequence[Stage], total: int) -> dict[str, Any]:
    told = []
    for chunk in failed[:MAX_TOLD]:
        start, end = _span(chunk)
        error = chunk.error or {"code": chunk.status, "message": "it was not asked about"}
        detail = f"characters {start} to {end}: {error.get('code')}: {error.get('message')}"
        told.append({"pointer": "/input/document", "detail": detail[:500]})
    message = (
        f"{len(failed)} of the document's {total} chunks failed; the report tells of each one, and"
        " a retry repeats only them"
    )
    return {"code": "chunks_failed", "message": message, "errors": told}


def _combined(given: dict[str, Any], done: Sequence[Stage]) -> Combined:
    spans = {chunk.item_index: _span(chunk) for chunk in done}

    def shared(index: int, items: Sequence[Any]) -> list[bool]:
        (_, before), (start, end) = spans[index - 1], spans[index]
        document = given["document"]
        return _both_say(items, document[start:before], document[before:end])

    parts = [Part(index=chunk.item_index or 0, value=chunk.output) for chunk in done]
    return combine(parts, given["schema"], shared)


def _both_say(items: Sequence[Any], shared: str, rest: str) -> list[bool]:
    """Which items stand in the text that two chunks share, and nothing of them past it."""
    there, past = _places(items, shared), _places(items, rest)
    return [bool(inside) and past[at] <= inside for at, inside in enumerate(there)]


def _places(items: Sequence[Any], text: str) -> list[set[str]]:
    """The pointers of each item's leaves that stand in a text."""
    found: list[set[str]] = [set() for _ in items]
    for line in provenance(list(items), text) if text else ():
        if line.found != "not_found":
            found[int(steps(line.pointer)[0])].add(line.pointer)
    return found


def _found(given: dict[str, Any], done: Sequence[Stage], made: Combined) -> dict[str, Any]:
    """What the report of the whole says besides its chunks."""
    found: dict[str, Any] = {"conflicts": [conflict.to_json() for conflict in made.conflicts]}
    missing = list(_gaps([_span(chunk) for chunk in done], len(given["document"])))
    if missing:
        found["missing"] = [{"start": start, "end": end} for start, end in missing]
    if given.get("provenance"):
        found["provenance"] = _provenance(done, made)
    redacted: dict[str, int] = {}
    for chunk in done:
        for kind, count in (chunk.report or {}).get("redacted", {}).items():
            redacted[kind] = redacted.get(kind, 0) + count
    return found | ({"redacted": redacted} if redacted else {})


def _provenance(done: Sequence[Stage], made: Combined) -> list[dict[str, Any]]:
    """Of each leaf the line of the chunk that it came from; offsets are the document's."""
    lines = {
        chunk.item_index: {
            line["pointer"]: line for line in (chunk.report or {}).get("provenance", ())
        }
        for chunk in done
    }
    origins = made.origins.items()
    found = ((at, lines[part].get(pointer)) for at, (part, pointer) in origins)
    return [{**line, "pointer": at} for at, line in found if line is not None]


def _gaps(spans: Sequence[tuple[int, int]], length: int) -> Iterable[tuple[int, int]]:
    """What of the document no span covers; spans are in order."""
    covered = 0
    for start, end in spans:
        if start > covered:
            yield covered, start
        covered = max(covered, end)
    if covered < length:
        yield covered, length


def _span(chunk: Stage) -> tuple[int, int]:
    item = chunk.item or {}
    return item["start"], item["end"]
