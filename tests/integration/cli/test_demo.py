"""`penstock demo`: exits 0, says what was simulated, and leaves nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.integration.cli.conftest import ROOT, plain_environ

ARGV = [sys.executable, "-m", "app.cli.main", "demo"]


def ours(folder: Path) -> list[psutil.Process]:
    """Processes that name the folder in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(folder) in process.environ().get("PENSTOCK_DATA_DIR", ""):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def test_demo_runs_every_sample(tmp_path: Path) -> None:
    done = subprocess.run(
        ARGV, cwd=ROOT, env=plain_environ(tmp_path), capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    samples = len(list((ROOT / "ops" / "samples").glob("*.txt")))
    assert samples >= 8
    assert f"{samples} of {samples} jobs succeeded" in done.stdout
    assert f"All {samples} answers came from the simulator" in done.stdout
    assert f"got the end of {samples} of {samples} jobs and verified" in done.stdout
    assert not (tmp_path / "demo").exists()
    assert ours(tmp_path) == []


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    process = subprocess.Popen(
        ARGV,
        cwd=ROOT,
        env=plain_environ(tmp_path),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        # A shell starts what runs in its background with SIGINT ignored, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 60
    while len(ours(tmp_path)) < 5 and time.monotonic() < until:
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(60) == 130
    assert ours(tmp_path) == []
    assert not (tmp_path / "demo").exists()
