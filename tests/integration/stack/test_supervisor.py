"""The supervisor: restarts what dies, keeps a second one out, leaves no orphans, recovers."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.infra.settings import load_settings
from app.stack.session import Stack
from app.stack.state import holder
from tests.support.leftovers import remove_elsewhere

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


@pytest.fixture(autouse=True)
def nothing_left_elsewhere_of_a_test(tmp_path: Path) -> Iterator[None]:
    """At once and not with the session, which may be cut off: each is 40 MB."""
    yield
    remove_elsewhere(tmp_path)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    folder = tmp_path / "the stack"
    with Stack(load_settings(environ(folder)), environ(folder)) as running:
        yield running


def by_name(stack: Stack) -> dict[str, dict[str, Any]]:
    return {process["name"]: process for process in stack.processes}


def status_of(status: dict[str, Any], name: str) -> dict[str, Any]:
    return next(process for process in status["processes"] if process["name"] == name)


def healths(stack: Stack) -> dict[str, str]:
    status = json.loads(penstock(stack.folder, "status", "--json").stdout)
    return {process["name"]: process["health"] for process in status["processes"]}


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
    until(lambda: healths(stack)["flower"] == "ok", "Flower's health")
    healthy = healths(stack)
    assert {n for n, h in healthy.items() if h == "running"} == {"relay", "reconciler", "beat"}
    assert {healthy[n] for n in healthy.keys() - {"relay", "reconciler", "beat"}} == {"ok"}
    assert (stack.folder / "key").stat().st_mode & 0o777 == 0o600
    for name in ("relay", "postgres", "valkey"):
        pid = by_name(stack)[name]["pid"]
        os.kill(pid, signal.SIGKILL)
        until(lambda n=name, p=pid: by_name(stack)[n]["pid"] not in (p, None), f"{name}'s restart")
    for name in ("relay", "postgres", "valkey"):
        assert by_name(stack)[name]["restarts"] == 1
        assert by_name(stack)[name]["started_at"] > status_of(status, name)["started_at"]
    said = (stack.folder / "supervisor.log").read_text()
    assert "relay ended with signal SIGKILL; starting it again" in said
    assert "postgres ended with" in said
    until(lambda: penstock(stack.folder, "status").returncode == 0, "health")
    assert penstock(stack.folder, "down").stdout == "stopped\n"
    assert penstock(stack.folder, "status").returncode == 3


def test_a_frozen_worker_and_a_frozen_relay_are_told(stack: Stack) -> None:
    pids = [by_name(stack)[name]["pid"] for name in ("worker-openai", "relay")]
    until(lambda: healths(stack)["worker-openai"] == "ok", "the worker's answer")
    for pid in pids:
        os.killpg(pid, signal.SIGSTOP)
    try:
        shown = healths(stack)
        assert shown["relay"] == shown["worker-openai"] == "stopped"
        assert penstock(stack.folder, "status").returncode == 3
    finally:
        for pid in pids:
            os.killpg(pid, signal.SIGCONT)


def test_a_worker_with_a_long_call_does_not_outlive_the_supervisor(stack: Stack) -> None:
    body = json.dumps({"*": {"latency_seconds": 300}}).encode()
    url = f"{stack.simulator_url}/control/faults"
    urllib.request.urlopen(urllib.request.Request(url, data=body, method="PUT")).close()
    body = json.dumps({"pipeline": "extract", "input": {"prompt": "x", "schema": {}}}).encode()
    headers = {"Authorization": f"Bearer {stack.api_key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{stack.api_url}/v1/jobs", data=body, headers=headers)
    urllib.request.urlopen(request).close()
    until(lambda: calls_in_flight(stack) == 1, "the call")
    children = psutil.Process(stack.supervisor_pid).children(recursive=True)
    os.kill(stack.supervisor_pid, signal.SIGKILL)
    stack.stop()
    _, alive = psutil.wait_procs(children, timeout=40)
    assert not alive, [child.cmdline() for child in alive]


def calls_in_flight(stack: Stack) -> int:
    with urllib.request.urlopen(f"{stack.simulator_url}/control/calls") as answer:
        return int(json.loads(answer.read())["in_flight"])


def test_up_tells_in_json_and_down_stops_what_is_still_starting(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "app.cli.main", "up", "--json"]
    with subprocess.Popen(argv, env=environ(tmp_path), stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            shown = json.loads(process.stdout.readline())
            assert shown["ready"] is True
            assert Path(shown["key_file"]).read_text().startswith("pk_live_")
            lines = penstock(tmp_path, "logs", "api", "--json").stdout.splitlines()
            assert {json.loads(line)["log"] for line in lines} == {"api"}
        finally:
            stopped = penstock(tmp_path, "down", "--json")
        assert json.loads(stopped.stdout)["stopped"] is True
        assert process.wait(GUARD) == 0
    with subprocess.Popen(argv, env=environ(tmp_path), stdout=subprocess.DEVNULL) as early:
        until(lambda: holder(tmp_path) == early.pid, "the lock")
        assert not (tmp_path / "state.json").exists()
        assert penstock(tmp_path, "down").stdout == "stopped\n"
        assert early.wait(GUARD) == 0


def test_up_says_which_process_does_not_stay_up(tmp_path: Path) -> None:
    (tmp_path / "gunicorn.py").write_text("raise SystemExit('nothing to serve with')")
    env = environ(tmp_path) | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    argv = [sys.executable, "-m", "app.cli.main", "up"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=GUARD)
    assert done.returncode == 2
    assert "api does not stay up; the end of api.log:\nnothing to serve with" in done.stderr


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
