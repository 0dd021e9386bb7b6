"""What to do next on a stage, decided from the calls that are on record and from nothing else.

So a worker that takes over after a crash goes on where the last one stopped: a completed call is
never made again, and a fallback stays fallen back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.repositories.records import Call

MAX_TRANSIENT = 4  # failures of one model that may pass by themselves, before the next is tried


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Call model number `choice`; with what its last answer got wrong, if it gave one."""

    choice: int
    transient: int = 0  # transient failures of this model so far
    answer: str | None = None
    errors: list[dict[str, str]] = field(default_factory=list)  # [{pointer, detail}]


@dataclass(frozen=True, kw_only=True)
class Accept:
    """This call's answer is valid."""

    call: Call


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """Every model failed for good."""

    error: dict[str, Any]


def next_step(
    calls: Sequence[Call], models: Sequence[str], max_attempts: int
) -> Ask | Accept | GiveUp:
    """Fold the calls of a run, oldest first, into the next step."""
    choice, transient, invalid = 0, 0, 0
    last: Call | None = None
    for call in calls:
        if call.choice != choice or call.outcome not in ("succeeded", "failed"):
            continue
        if call.verdict == "valid":
            return Accept(call=call)
        if call.outcome == "succeeded":
            invalid, last = invalid + 1, call
            spent = invalid >= max_attempts
        else:
            transient += bool((call.error or {}).get("retryable"))
            spent = not (call.error or {}).get("retryable") or transient >= MAX_TRANSIENT
        if spent:
            choice, transient, invalid, last = choice + 1, 0, 0, None
    if choice >= len(models):
        return GiveUp(error=_verdict(calls, models))
    errors = (last.error or {}).get("errors", []) if last else []
    return Ask(
        choice=choice,
        transient=transient,
        answer=last.answer if last else None,
        errors=errors,
    )


def _verdict(calls: Sequence[Call], models: Sequence[str]) -> dict[str, Any]:
    ended = [c for c in calls if c.outcome in ("succeeded", "failed")]
    final = ended[-1].error or {} if ended else {}
    tried = []
    for choice, model in enumerate(models):
        own = [c for c in ended if c.choice == choice]
        last = own[-1].error or {} if own else {}
        tried.append({"model": model, "calls": len(own), "code": last.get("code")})
    invalid = final.get("code") == "answer_invalid"
    message = (
        "no model gave an answer that satisfies the schema"
        if invalid
        else f"the provider call failed: {final.get('message', 'no answer')}"
    )
    return {
        "code": final.get("code", "no_answer"),
        "message": message,
        "errors": final.get("errors", []),
        "tried": tried,
    }
