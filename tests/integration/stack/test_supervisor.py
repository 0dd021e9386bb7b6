"""The supervisor: restarts what dies, keeps a second one out, leaves no orphans, recovers."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.infra.settings import load_settings
from app.stack.session import Stack

ROOT = Path(__file__).resolve().parents[3]
GUARD = 90.0  # seconds: a hang guard


def environ(folder: Path) -> dict[str, str]:
    return {**os.environ, "PENSTOCK_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}


def penstock(folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "app.cli.main", *args]
    return subprocess.run(argv, env=environ(folder), capture_output=True, text=True, timeout=GUARD)


def until(condition: Callable[[], bool], what: str) -> None:
    end_at = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < end_at, f"{what} did not happen in {GUARD:g} s"
        time.sleep(0.1)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    folder = tmp_path / "the stack"
    with Stack(load_settings(environ(folder)), environ(folder)) as running:
        yield running


def by_name(stack: Stack) -> dict[str, dict[str, Any]]:
    return {process["name"]: process for process in stack.processes}


def test_a_second_up_is_refused_and_the_first_goes_on(stack: Stack) -> None:
    second = penstock(stack.folder, "up")
    assert second.returncode == 2
    assert f"already (supervisor pid {stack.supervisor_pid})" in second.stderr
    assert "penstock down" in second.stderr
    shown = penstock(stack.folder, "status", "--json")
    assert shown.returncode == 0, shown.stdout
    status = json.loads(shown.stdout)
    assert {"api", "docs", "flower", "simulator"} <= set(status["urls"])
    assert {"api", "relay", "reconciler", "beat", "flower", "worker-core", "postgres"} <= {
        process["name"] for process in status["processes"]
    }
    assert (stack.folder / "key").stat().st_mode & 0o777 == 0o600
    for name in ("relay", "postgres", "valkey"):
        pid = by_name(stack)[name]["pid"]
        os.kill(pid, signal.SIGKILL)
        until(lambda n=name, p=pid: by_name(stack)[n]["pid"] not in (p, None), f"{name}'s restart")
    assert by_name(stack)["relay"]["restarts"] == 1
    said = (stack.folder / "supervisor.log").read_text()
    assert "relay ended with signal SIGKILL; starting it again" in said
    assert "postgres ended with" in said
    until(lambda: penstock(stack.folder, "status").returncode == 0, "health")
    assert penstock(stack.folder, "down").stdout == "stopped\n"
    assert penstock(stack.folder, "status").returncode == 3


def test_a_killed_supervisor_leaves_no_orphans_and_the_next_up_recovers(stack: Stack) -> None:
    key = stack.api_key
    pids = [process["pid"] for process in stack.processes]
    children = psutil.Process(stack.supervisor_pid).children(recursive=True)
    assert set(pids) <= {child.pid for child in children}
    os.kill(stack.supervisor_pid, signal.SIGKILL)
    stack.stop()
    _, alive = psutil.wait_procs(children, timeout=40)
    assert not alive, [child.cmdline() for child in alive]
    with Stack(load_settings(environ(stack.folder)), environ(stack.folder)) as second:
        assert second.api_key == key
        assert penstock(second.folder, "jobs", "list").returncode == 0
