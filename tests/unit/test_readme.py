"""The README keeps its word: what it names exists."""

import re
from pathlib import Path

from app.cli.main import COMMANDS
from app.infra.settings import ALIASES, NAMES, OTHER

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text()


def test_it_is_short_before_the_first_link() -> None:
    assert len(TEXT.split("](")[0].split()) < 500


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert targets
    assert [t for t in targets if not t.startswith("http") and not (ROOT / t).exists()] == []


def test_the_tests_that_prove_the_guarantees_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
    assert len(named) >= 6
    for path, test in named:
        assert f"def {test}(" in (ROOT / path).read_text(), (path, test)


def test_variables_are_known() -> None:
    assert set(re.findall(r"PENSTOCK_[A-Z_]+", TEXT)) <= {*NAMES, *ALIASES} | OTHER


def test_commands_and_targets_exist() -> None:
    targets = (ROOT / "Makefile").read_text()
    for target in re.findall(r"\bmake ([a-z]+)\b", TEXT):
        assert f"\n{target}:" in targets
    assert {c for c in re.findall(r"penstock ([a-z]+)\b", TEXT) if c in COMMANDS} >= {"run"}
