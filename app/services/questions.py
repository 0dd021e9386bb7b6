"""How a model is asked for a schema, and how its answer is read.

The rungs, for one model: its best mode; the same again for only the failing fields, or whole; then
the next mode. A mode that the vendor refused the schema in is passed by, and remembered.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.repositories.claims import Claim
from app.repositories.records import Call
from app.services.ladder import Ask
from app.services.pictures import parts_of, pictures_of
from app.services.prompts import messages
from providers.types import CompletionRequest, Effort, SchemaMode
from schemas.json_schema.dialects import Mode, Plan, modes, plan
from schemas.json_schema.fields import Fields, failing_fields, merge
from schemas.json_schema.parse import AnswerNotJSON, read_answer
from schemas.json_schema.validate import checker_for

FIELDS = "fields"  # the mode of a call that asked for only the failing fields
MOST_REMEMBERED = 10_000
TOOLS: tuple[Mode, ...] = ("strict_tool", "tool")
Faults = list[dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One call to be made; `mode` goes on record with it."""

    request: CompletionRequest
    mode: str
    value_of: Callable[[Any], Any]  # the parsed answer -> the whole value, in the client's shape
    last: bool  # there is no other mode after this one

    def read(self, text: str, schema: dict[str, Any]) -> tuple[Any, Faults]:
        """The answer's value and what is wrong with it by the client's own schema."""
        try:
            value = self.value_of(read_answer(text).value)
        except AnswerNotJSON as error:
            return None, [{"pointer": "", "detail": str(error)}]
        errors = checker_for(schema).errors(value)
        return value, [{"pointer": e.pointer, "detail": e.detail} for e in errors]


class RefusedModes:
    """Modes that a deployment refused a schema in; of this process, the oldest forgotten."""

    def __init__(self) -> None:
        self._refused: dict[tuple[str, str], frozenset[str]] = {}

    def of(self, schema: dict[str, Any], deployment: str) -> frozenset[str]:
        return self._refused.get((_digest(schema), deployment), frozenset())

    def add(self, schema: dict[str, Any], deployment: str, mode: str) -> None:
        key = (_digest(schema), deployment)
        while len(self._refused) >= MOST_REMEMBERED:
            self._refused.pop(next(iter(self._refused)))
        self._refused[key] = self._refused.get(key, frozenset()) | {mode}


def question(
    claim: Claim,
    ask: Ask,
    *,
    model: str,
    dialect: str,
    forced_tool: bool,
    refused: frozenset[str],
    effort: Effort | None,
) -> Question:
    """The next call of the ladder."""
    schema = claim.job.input["schema"]
    found = [mode for mode in modes(schema, dialect) if forced_tool or mode not in TOOLS]
    left = [mode for mode in found if mode not in ask.refused | refused] or found[-1:]
    fields = _fields(ask, schema, dialect) if ask.invalid == 1 and not ask.refused else None
    if fields is not None and left[0] in modes(fields.fields.schema, dialect):
        return _for_fields(claim, ask, fields, dialect, left[0], model, effort)
    rung = min(ask.invalid // 2, len(left) - 1)
    shaped = plan(schema, dialect, left[rung])
    request = _request(claim, ask, schema, shaped, model, effort)
    return Question(
        request=request, mode=shaped.mode, value_of=shaped.restore, last=rung == len(left) - 1
    )


def restored(call: Call, schema: dict[str, Any], dialect: str) -> Any:
    """The value of an answer on record, in the client's shape. Raises AnswerNotJSON."""
    value = read_answer(call.answer or "").value
    if call.mode == FIELDS:
        return value
    return plan_of(call, schema, dialect).restore(value)


def plan_of(call: Call, schema: dict[str, Any], dialect: str) -> Plan:
    """How the call's schema was asked for; of a part, how the whole would be."""
    return plan(schema, dialect, _mode(call))


def _mode(call: Call) -> Mode | None:
    known: tuple[Mode, ...] = ("native", "strict_tool", "tool", "prompt")
    return next((mode for mode in known if mode == call.mode), None)


@dataclass(frozen=True, kw_only=True)
class _Failing:
    value: Any  # the last answer, whole
    fields: Fields


def _fields(ask: Ask, schema: dict[str, Any], dialect: str) -> _Failing | None:
    """What of the last answer to ask for again; None: all of it."""
    if ask.last is None:
        return None
    try:
        value = restored(ask.last, schema, dialect)
    except AnswerNotJSON:
        return None
    fields = failing_fields(schema, value, checker_for(schema).errors(value))
    return None if fields is None else _Failing(value=value, fields=fields)


def _for_fields(
    claim: Claim,
    ask: Ask,
    failing: _Failing,
    dialect: str,
    mode: Mode,
    model: str,
    effort: Effort | None,
) -> Question:
    fields = failing.fields
    shaped = plan(fields.schema, dialect, mode)

    def merged(restore: Callable[[Any], Any], value: Any) -> Any:
        return merge(failing.value, fields.pointers, restore(value), optional=fields.optional)

    request = _request(claim, ask, fields.schema, shaped, model, effort, part=fields.pointers)
    return Question(
        request=request, mode=FIELDS, value_of=partial(merged, shaped.restore), last=False
    )


def _request(
    claim: Claim,
    ask: Ask,
    schema: dict[str, Any],
    shaped: Plan,
    model: str,
    effort: Effort | None,
    part: tuple[str, ...] = (),
) -> CompletionRequest:
    given, item = claim.job.input, claim.stage.item or {}
    told = messages(
        prompt=item.get("prompt") or given["prompt"],
        document=item.get("document") or given.get("document"),
        pictures=parts_of(pictures_of(given, item)),
        schema=schema if shaped.mode in ("prompt", "tool") else None,
        answer=ask.last.answer if ask.last else None,
        errors=ask.errors,
        part=part,
    )
    by: SchemaMode = "native" if shaped.mode == "prompt" else shaped.mode
    return CompletionRequest(
        model=model,
        messages=told,
        schema=shaped.schema,
        schema_mode=by,
        max_output_tokens=given.get("max_output_tokens"),
        temperature=given.get("temperature"),
        effort=effort,
    )


def _digest(schema: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()
