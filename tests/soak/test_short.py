"""Three quarters of a minute of `make soak`, with every harm at least once."""

from pathlib import Path

import pytest

from tests.soak.__main__ import soak


@pytest.mark.timeout(500)
def test_every_harm_and_the_books_add_up(tmp_path: Path) -> None:
    outcome = soak(tmp_path, 45, seed=20261121, pace=2.0)
    assert [line for line in outcome.lines if not line.good] == []
    assert outcome.undone == []
    assert outcome.lines[0].left > 50
