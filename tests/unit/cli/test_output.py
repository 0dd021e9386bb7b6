"""Tables on a terminal hold every word, however narrow it is."""

from typing import Any

import pytest

from app.cli import output


@pytest.mark.parametrize("columns", ["20", "40", "200"])
def test_a_narrow_terminal_cuts_nothing_off(columns: str, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    output.rows(
        ("job", "status", "scopes"), [["job_" + "a" * 26, "succeeded", "jobs:read keys:write"]]
    )
    words = capsys.readouterr().out.split()
    for word in ("job_" + "a" * 26, "succeeded", "status", "jobs:read", "keys:write"):
        assert word in words
