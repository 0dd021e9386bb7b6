"""Half a minute of `make soak`."""

from pathlib import Path

import pytest

from tests.soak.__main__ import soak


@pytest.mark.timeout(400)
def test_half_a_minute(tmp_path: Path) -> None:
    lines, harm = soak(tmp_path, 30, seed=20261121)
    assert [line for line in lines if not line.good] == []
    assert sum(harm.values()) >= 3
    assert lines[0].left > 50
