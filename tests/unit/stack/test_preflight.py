"""What cannot work is said before anything starts, with what to do about it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.infra.settings import Settings, load_settings
from app.stack.assembly import Assembly, Stopped
from app.stack.preflight import check, check_ports

ROOT = Path(__file__).resolve().parents[3]
DEAD = "127.0.0.1:1"


def settings(tmp_path: Path, **given: str) -> Settings:
    return load_settings({"PENSTOCK_DATA_DIR": str(tmp_path), **given})


@pytest.mark.parametrize("name", ["PENSTOCK_API_PORT", "PENSTOCK_FLOWER_PORT"])
def test_a_taken_port_is_named(tmp_path: Path, name: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"{port} cannot be used: .* by {name} \(0:"):
            check_ports(settings(tmp_path, **{name: str(port)}))


def test_a_host_that_is_not_ours_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"api\.host 192\.0\.2\.1 cannot be used"):
        check_ports(settings(tmp_path, PENSTOCK_API_HOST="192.0.2.1"))


def test_the_simulators_port_matters_where_it_runs(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = {"PENSTOCK_SIMULATOR_PORT": str(other.getsockname()[1])}
        assert not check_ports(settings(tmp_path, PENSTOCK_SIMULATOR_MODE="off", **taken))
        with pytest.raises(ConfigError, match="PENSTOCK_SIMULATOR_PORT"):
            check_ports(settings(tmp_path, **taken))


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("PENSTOCK_REDIS_URL", f"redis://{DEAD}/0"),
        ("PENSTOCK_REDIS_URL", "redis:/127.0.0.1/0"),
        ("PENSTOCK_BROKER_URL", f"redis://{DEAD}/0"),
        ("PENSTOCK_BROKER_URL", f"amqp://{DEAD}//"),
    ],
)
def test_a_server_that_does_not_answer_is_named(tmp_path: Path, name: str, url: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}: its server does not answer: .*embedded"):
        check(settings(tmp_path, **{name: url}))


def test_an_unreachable_database_is_one_line(tmp_path: Path) -> None:
    url = f"postgresql://u:hunter2@{DEAD}/x"
    env = os.environ | {"PENSTOCK_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-m", "app.stack.bootstrap", str(tmp_path)]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "PENSTOCK_DATABASE_URL" in done.stderr
    assert "Connection refused" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr


def test_a_bootstrap_that_fails_says_where_to_read_on(tmp_path: Path) -> None:
    parts = Assembly(settings(tmp_path), tmp_path, lambda: False)
    (tmp_path / "logs").mkdir()
    with pytest.raises(ConfigError, match="could not be prepared") as failure:
        parts._bootstrap({"PENSTOCK_DATABASE_URL": f"postgresql://u@{DEAD}/x"})
    assert str(tmp_path / "logs/bootstrap.log") in failure.value.detail
    assert "Traceback" not in failure.value.detail


def test_a_stop_in_the_middle_of_the_start_is_no_failure(tmp_path: Path) -> None:
    parts = Assembly(settings(tmp_path), tmp_path, lambda: True)
    (tmp_path / "logs").mkdir()
    with pytest.raises(Stopped):
        parts._bootstrap({"PENSTOCK_DATABASE_URL": f"postgresql://u@{DEAD}/x"})
