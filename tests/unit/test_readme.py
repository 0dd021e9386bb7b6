"""The README and the guide keep their word: what they name exists."""

import re
from pathlib import Path

import click
import pytest

from app.cli.main import COMMANDS, main
from app.infra.settings import ALIASES, NAMES, OTHER

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "ops/guide").glob("*.md"))]
TEXT = "\n".join(page.read_text() for page in PAGES)


def test_it_is_short_before_the_first_link() -> None:
    assert len(README.read_text().split("](")[0].split()) < 500


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    assert [t for t in targets if "//" not in t and not (page.parent / t).exists()] == []


def test_each_page_of_the_guide_is_linked() -> None:
    assert [p.name for p in PAGES[1:] if f"](ops/guide/{p.name})" not in README.read_text()] == []


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


def test_each_command_of_the_guide_is_one() -> None:
    """Every `penstock WORD ...` in code: the words and the options are known to its help."""
    written = re.findall(r"(?:^\$ |`|\n\.venv/bin/)penstock ([a-z][^`\n|]*)", TEXT, re.MULTILINE)
    assert len(written) > 12
    for line in written:
        words = line.split()
        command: click.Command = main
        context = click.Context(main)
        while words and isinstance(command, click.Group) and not words[0].isupper():
            found = command.get_command(context, words[0])
            assert found is not None, line
            command, words = found, words[1:]
        known = {name for option in command.params for name in option.opts + option.secondary_opts}
        given = {word for word in words if word.startswith("--")} - {"--help"}
        assert given <= known, line


def test_the_files_that_are_run_exist() -> None:
    named = re.findall(r"\bsh (ops/[\w/.-]+)", TEXT)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_nobody_is_told_to_use_a_pip_that_the_venv_has_not() -> None:
    assert "pip install" not in TEXT
