"""A whole stack of its own, and the command run against it as a user would."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli.demo import delete_folder
from app.infra.settings import load_settings
from app.stack.session import Stack

ROOT = Path(__file__).resolve().parents[3]
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def plain_environ(folder: Path) -> dict[str, str]:
    """The environment without settings and keys of the machine's user."""
    keys = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY")
    env = {k: v for k, v in os.environ.items() if not k.startswith("PENSTOCK_") and k not in keys}
    return env | {"PENSTOCK_DATA_DIR": str(folder)}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    env = plain_environ(tmp_path_factory.mktemp("cli") / "stack")
    with Stack(load_settings(env), env) as running:
        yield running
    delete_folder(running.folder)


@pytest.fixture(scope="module")
def penstock(stack: Stack) -> Command:
    """`penstock(*args)` finds the stack by its folder."""

    def run(*args: str, given: str | None = None) -> "subprocess.CompletedProcess[str]":
        argv = [sys.executable, "-m", "app.cli.main", *args]
        env = plain_environ(stack.folder)
        return subprocess.run(
            argv, cwd=ROOT, env=env, input=given, capture_output=True, text=True, timeout=90
        )

    return run


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Two documents and a schema."""
    (tmp_path / "a.txt").write_text("Order 17: 3 boxes of nails. Total due: EUR 129.90")
    (tmp_path / "b.txt").write_text("Order 18: 1 hammer. Total due: EUR 19.50")
    (tmp_path / "schema.json").write_text(
        '{"type": "object", "required": ["total"], "additionalProperties": false,'
        ' "properties": {"total": {"type": "number"}}}'
    )
    return tmp_path
