"""What `make clean` removes beyond the checkout."""

from pathlib import Path

import pytest

from app.cli import elsewhere as command
from app.stack import system_user


def test_data_that_lies_elsewhere_goes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_user, "ELSEWHERE", tmp_path / "var")
    monkeypatch.setenv("PENSTOCK_DATA_DIR", str(tmp_path / "home" / ".penstock"))
    found = system_user.elsewhere(tmp_path / "home" / ".penstock" / "postgres")
    found.mkdir(parents=True)
    other = system_user.elsewhere(tmp_path / "another" / "postgres")
    other.mkdir(parents=True)
    command.main()
    assert (found.exists(), other.exists()) == (False, True)
