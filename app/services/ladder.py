"""What to do next on a stage, decided from the calls that are on record and who may be asked now.

So a worker that takes over after a crash goes on where the last one stopped: a completed call is
never made again, and a fallback stays fallen back.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.repositories.records import Call
from providers.errors import SchemaRefused

FALLBACK = "fallback"  # the code of why a stage came to another lane
MAX_TRANSIENT = 4  # failures of one model that may pass by themselves, before the next is tried


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Call model number `choice`; with what its last answer got wrong, if it gave one."""

    choice: int
    transient: int = 0  # transient failures of this model so far
    invalid: int = 0  # invalid answers of this model so far
    last: Call | None = None  # the last of them
    refused: frozenset[str] = frozenset()  # modes that the vendor refused the schema in

    @property
    def errors(self) -> list[dict[str, str]]:
        """What was wrong in the last answer: [{pointer, detail}]."""
        return list((self.last.error or {}).get("errors", [])) if self.last else []


@dataclass(frozen=True, kw_only=True)
class Accept:
    """This call's answer is valid."""

    call: Call


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """Every model failed for good."""

    error: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Models are left, and the circuits of all of them are open."""

    choices: Sequence[int]


@dataclass
class _Tried:
    """What came of one model's calls so far."""

    transient: int = 0
    invalid: int = 0
    last: Call | None = None  # the last invalid answer
    refused: set[str] = field(default_factory=set)
    spent: bool = False


def next_step(
    calls: Sequence[Call],
    models: Sequence[str],
    max_attempts: int,
    blocked: Container[int] = (),
    came_for: Container[int] = (),
) -> Ask | Accept | GiveUp | Wait:
    """Fold the calls of a run, oldest first, into the next step.

    `blocked`: the choices that may not be asked now; the next one is asked meanwhile. `came_for`:
    those that the stage fell back to: what kept it from the ones before may be over by now, and
    going back for that could go on for ever.
    """
    tried = [_Tried() for _ in models]
    for call in calls:
        if call.verdict == "valid":
            return Accept(call=call)
        if call.choice < len(models) and call.outcome in ("succeeded", "failed"):
            _add(tried[call.choice], call, max_attempts)
    left = [choice for choice, found in enumerate(tried) if not found.spent]
    if not left:
        return GiveUp(error=_verdict(calls, models))
    ranked = sorted(left, key=lambda choice: choice not in came_for)
    free = next((choice for choice in ranked if choice not in blocked), None)
    if free is None:
        return Wait(choices=left)
    found = tried[free]
    return Ask(
        choice=free,
        transient=found.transient,
        invalid=found.invalid,
        last=found.last,
        refused=frozenset(found.refused),
    )


def _add(found: _Tried, call: Call, max_attempts: int) -> None:
    if call.outcome == "succeeded":
        found.invalid, found.last = found.invalid + 1, call
        found.spent = found.spent or found.invalid >= max_attempts
        return
    error = call.error or {}
    retryable = bool(error.get("retryable"))
    if error.get("code") == SchemaRefused.code and call.mode:
        found.refused.add(call.mode)
    found.transient += retryable
    found.spent = found.spent or not retryable or found.transient >= MAX_TRANSIENT


def why_not(
    calls: Sequence[Call], models: Sequence[str], choice: int, blocked: Mapping[int, str]
) -> dict[str, Any] | None:
    """Why the models before `choice` are passed by, for the timeline; None for the first."""
    passed = []
    for index in range(choice):
        own = [c for c in calls if c.choice == index and c.outcome in ("succeeded", "failed")]
        code = ((own[-1].error or {}).get("code") if own else None) or "no_answer"
        passed.append(f"{models[index]}: {blocked.get(index) or code}")
    return {"code": FALLBACK, "message": "; ".join(passed)} if passed else None


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
