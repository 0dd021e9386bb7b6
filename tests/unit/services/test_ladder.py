"""The next step is folded from the calls on record, so a takeover goes on where another stopped."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.repositories.records import Call
from app.services.extraction import _fell_back_to
from app.services.ladder import MAX_TRANSIENT, Accept, Ask, GiveUp, next_step

MODELS = ["openai/a", "gemini/b"]


def call(outcome: str, choice: int = 0, **fields: Any) -> Call:
    return Call(
        id="use_x",
        stage_id="stg_x",
        run=1,
        sequence=1,
        choice=choice,
        provider="openai",
        model="a",
        simulated=True,
        outcome=outcome,
        **fields,
    )


def invalid(choice: int = 0) -> Call:
    error = {"code": "answer_invalid", "errors": [{"pointer": "/a", "detail": "is missing"}]}
    return call("succeeded", choice, verdict="invalid", answer="{}", error=error)


def failed(code: str, *, retryable: bool, choice: int = 0) -> Call:
    return call("failed", choice, error={"code": code, "message": code, "retryable": retryable})


def test_nothing_on_record_asks_the_first_model() -> None:
    assert next_step([], MODELS, 3) == Ask(choice=0)


def test_a_valid_answer_is_taken_and_never_asked_for_again() -> None:
    valid = call("succeeded", verdict="valid", answer="{}")
    assert next_step([invalid(), valid], MODELS, 3) == Accept(call=valid)


@pytest.mark.parametrize("outcome", ["unknown", "canceled", "in_flight"])
def test_a_call_without_an_outcome_changes_nothing(outcome: str) -> None:
    assert next_step([call(outcome)], MODELS, 3) == Ask(choice=0)


def test_an_invalid_answer_is_asked_again_with_its_errors() -> None:
    step = next_step([invalid()], MODELS, 3)
    assert isinstance(step, Ask)
    assert (step.choice, step.invalid) == (0, 1)
    assert step.last is not None
    assert step.last.answer == "{}"
    assert step.errors == [{"pointer": "/a", "detail": "is missing"}]


def test_too_many_invalid_answers_fall_back_with_a_clean_conversation() -> None:
    assert next_step([invalid()] * 3, MODELS, 3) == Ask(choice=1)


def test_a_permanent_failure_falls_back_at_once() -> None:
    assert next_step([failed("quota", retryable=False)], MODELS, 3) == Ask(choice=1)


def test_transient_failures_are_counted_before_falling_back() -> None:
    one = failed("busy", retryable=True)
    assert next_step([one], MODELS, 3) == Ask(choice=0, transient=1)
    assert next_step([one] * MAX_TRANSIENT, MODELS, 3) == Ask(choice=1)


def test_when_every_model_failed_the_error_says_what_was_tried() -> None:
    step = next_step([failed("quota", retryable=False), *[invalid(1)] * 2], MODELS, 2)
    assert isinstance(step, GiveUp)
    assert step.error["code"] == "answer_invalid"
    assert step.error["errors"] == [{"pointer": "/a", "detail": "is missing"}]
    assert step.error["tried"] == [
        {"model": "openai/a", "calls": 1, "code": "quota"},
        {"model": "gemini/b", "calls": 2, "code": "answer_invalid"},
    ]


def test_a_stage_stays_with_what_it_fell_back_to() -> None:
    assert next_step([], MODELS, 3, blocked={0}, came_for=[1]) == Ask(choice=1)
    assert next_step([], MODELS, 3, came_for=[1]) == Ask(choice=1), "the first is free again"
    assert next_step([], MODELS, 3, blocked={1}, came_for=[1]) == Ask(choice=0)
    spent = failed("content_refused", retryable=False, choice=1)
    assert next_step([spent], MODELS, 3, came_for=[1]) == Ask(choice=0)


@pytest.mark.parametrize(
    ("code", "lane", "expected"),
    [("fallback", "gemini", [1]), ("fallback", "openai", [0]), ("rate_awaited", "gemini", [])],
)
def test_only_a_fallback_makes_a_stage_stay_on_its_lane(
    code: str, lane: str, expected: list[int]
) -> None:
    stage = SimpleNamespace(lane=lane, error={"code": code, "message": ""})
    claim: Any = SimpleNamespace(stage=stage, job=SimpleNamespace(input={"model": MODELS}))
    assert _fell_back_to(claim) == expected
