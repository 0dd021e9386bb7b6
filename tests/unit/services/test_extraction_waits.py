"""Who waits for a circuit looks again when it may close, and less and less often."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.services.extraction import LONGEST_LOOK, ExtractionService
from providers.routing.circuit import Standing


def waits(attempts: int, seconds: float) -> float:
    """The delay with which a stage goes back."""
    told: dict[str, Any] = {}
    service: Any = SimpleNamespace(
        _stages=SimpleNamespace(put_back=lambda claim, **given: told.update(given))
    )
    claim: Any = SimpleNamespace(stage=SimpleNamespace(attempts=attempts))
    standing = Standing(state="open", reason="rate_limited", seconds=seconds)
    ExtractionService._wait(service, claim, {"openai/gpt-5-mini": standing})
    return float(told["delay"])


@pytest.mark.parametrize(
    ("attempts", "seconds", "least"),
    [(1, 1.0, 1.0), (2, 1.0, 1.5), (3, 1.0, 2.25), (1, 0.0, 0.2), (1, 60.0, 60.0), (9, 60.0, 60.0)],
)
def test_each_look_in_vain_makes_the_next_one_later(
    attempts: int, seconds: float, least: float
) -> None:
    assert least <= waits(attempts, seconds) <= 1.25 * least


def test_there_is_an_end_to_it() -> None:
    assert LONGEST_LOOK <= waits(10_000, 1.0) <= 1.25 * LONGEST_LOOK
