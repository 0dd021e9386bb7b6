"""The image holds what the code needs, runs as nobody, and installs from the hashed lock."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.deployment.compose_file import ROOT

TEXT = (ROOT / "ops" / "docker" / "Dockerfile").read_text("utf-8")
JOINED = TEXT.replace("\\\n", " ")
STEPS = [line.split(maxsplit=1) for line in JOINED.splitlines() if line and line[0].isupper()]
SERVICES = {
    "PENSTOCK_DATABASE_APP_URL": "postgresql://penstock_app:x@postgres/penstock",
    "PENSTOCK_DATABASE_SYSTEM_URL": "postgresql://penstock_system:x@postgres/penstock",
    "PENSTOCK_REDIS_URL": "redis://redis:6379/0",
    "PENSTOCK_BROKER_URL": "amqp://penstock:x@rabbitmq/penstock",
    "PENSTOCK_SIMULATOR_URL": "http://simulator:8090",
}


def steps(instruction: str) -> list[str]:
    return [rest for name, rest in STEPS if name == instruction]


def copied() -> list[str]:
    return [rest.split()[0] for rest in steps("COPY") if not rest.startswith("--from")]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the image's /app has, and nothing else of the repository."""
    folder = tmp_path_factory.mktemp("app")
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(
                ROOT / source, folder / source, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            (folder / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, folder / source)
    return folder


ISOLATED = """
import runpy, sys
tree, module = sys.argv[1:3]
sys.path[:] = [p for p in sys.path if p != tree]  # the working tree must not lend a module
del sys.argv[0:2]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def run(image: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-c", ISOLATED, str(ROOT), *argv],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(image), **SERVICES},
        cwd=image,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_source_exists_and_passes_the_ignore_file() -> None:
    allowed = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for source in copied():
        assert (ROOT / source).exists()
        assert f"!{source}" in allowed


def test_it_is_multi_stage_pinned_and_locked() -> None:
    bases = steps("FROM")
    assert len(bases) >= 2
    assert all(re.match(r"python:\d+\.\d+-slim-\w+( AS \w+)?$", base) for base in bases)
    assert "--require-hashes" in JOINED
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert lock.count("--hash=sha256:") > 50


def test_it_runs_as_nobody_and_says_how_it_is() -> None:
    assert steps("USER")[-1].split(":")[0] not in ("root", "0")
    order = [name for name, _ in STEPS]
    assert order.index("USER") > max(i for i, name in enumerate(order) if name in ("RUN", "COPY"))
    assert "healthcheck.py" in steps("HEALTHCHECK")[0]
    assert steps("ENTRYPOINT") == ['["penstock"]']


def test_no_secret_is_baked_in() -> None:
    for instruction in ("ARG", "ENV"):
        for rest in steps(instruction):
            assert not re.search(r"(?i)password|secret|token|api_key", rest)
    assert not any(".env" in source for source in copied())


def test_what_is_copied_is_all_that_the_command_needs(image: Path) -> None:
    modules = ("app.cli.main", "app.factory", "tasks.celery_app", "tasks.relay", "tasks.reconciler")
    lines = [f"import {m}; print({m}.__file__)" for m in (*modules, "providers.simulator")]
    (image / "probe_import.py").write_text("\n".join(lines))
    probed = run(image, "probe_import")
    assert probed.returncode == 0, probed.stderr
    assert all(line.startswith(str(image)) for line in probed.stdout.splitlines())
    helped = run(image, "app.cli.main", "serve", "--help")
    assert helped.returncode == 0, helped.stderr
