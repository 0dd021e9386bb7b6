"""How often the semantic cache is right and wrong, measured."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from tests.benchmarks.semantic import rates, score, simulated, table
from tests.support.semantic_pairs import pairs


def test_how_often_it_is_right_and_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """Measured, with the simulator's vectors, which are bags of words: no model's.

    No edit of a number, name, negation, date, unit or order comes through. Words of opposite
    meaning do, in long texts: the guard knows none of them and the vectors hardly notice.
    """
    scored = score(simulated)
    with capsys.disabled():
        print("\n" + table(scored))
    assert len(scored) == len(pairs()) >= 60
    found = rates(scored, 0.97)
    assert (found.of_same, found.of_other) == (40, 88)
    wrong = [s for s in scored if not s.pair.same and s.hit(0.97)]
    assert {s.pair.how for s in wrong} == {"opposite"}
    assert found.false_hits == 12  # 14 %: no better, and no worse
    assert found.false_hits_unguarded == 49  # 56 % without the guard
    assert found.hits == 19  # 48 %: hardly more than another layout of the same words
    assert all(s.hit(0.97) for s in scored if s.pair.how == "layout" and not _hyphened(s))


def _hyphened(scored: Any) -> bool:
    """A dash or a sign of its own counts as a fact; some layouts add one."""
    return not scored.guarded


def test_a_stricter_threshold_gives_no_more() -> None:
    scored = score(simulated)
    steps = [rates(scored, threshold) for threshold in (0.8, 0.9, 0.97, 1.1)]
    for before, after in itertools.pairwise(steps):
        assert after.hits <= before.hits
        assert after.false_hits <= before.false_hits
    assert replace(steps[-1], threshold=0).hits == 0
