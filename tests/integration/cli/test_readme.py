"""Every command of the README runs as it stands there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.stack.session import Stack
from tests.integration.cli.conftest import ROOT, plain_environ

TEXT = (ROOT / "README.md").read_text()
SHELL = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def run(argv: list[str], stack: Stack) -> str:
    found = {"PENSTOCK_URL": stack.api_url, "PENSTOCK_API_KEY": stack.api_key}
    env = plain_environ(stack.folder) | found | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SHELL)
def test_shell(script: str, stack: Stack, tmp_path: Path) -> None:
    script = re.sub(r"^export .*\n", "", script).replace("total.json", str(tmp_path / "t.json"))
    script = script.replace(".venv/bin/penstock", f"'{sys.executable}' -m app.cli.main")
    answer = json.loads(run(["sh", "-ec", script], stack))
    assert "total_due" in answer or answer["object"] == "job"


@pytest.mark.parametrize("script", PYTHON)
def test_python(script: str, stack: Stack) -> None:
    lines = run([sys.executable, "-c", script], stack).splitlines()
    assert lines[0] == "job.queued"
    assert "total" in lines[-1]
