"""The container's health check against real processes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import psutil
import pytest

from app.infra.settings import Settings
from app.stack import roles
from ops.docker import healthcheck

CONNECTED = """
import socket, sys, time
held = socket.create_connection(("127.0.0.1", int(sys.argv[1]))) if sys.argv[1] != "0" else None
print("up", flush=True)
time.sleep(60)
"""
VARIABLE = "PENSTOCK_DATABASE_SYSTEM_URL"


class Page(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/ready" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def relay(port: int) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", CONNECTED, str(port), "tasks.relay"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def verdict(process: subprocess.Popen[str]) -> str | None:
    found = healthcheck.find([psutil.Process(process.pid)])
    assert found is not None
    return healthcheck.problem(*found)


def test_a_role_without_a_page_must_hold_its_connection(
    listener: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"postgresql://u:p@db:{listener}/x")
    for port, healthy in ((listener, True), (0, False)):
        process = relay(port)
        try:
            assert (verdict(process) is None) is healthy
        finally:
            process.kill()
            process.wait()


def test_a_stopped_process_is_not_healthy(listener: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"postgresql://u:p@db:{listener}/x")
    process = relay(listener)
    try:
        os.kill(process.pid, signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)  # until it has stopped
        assert "stopped" in (verdict(process) or "")
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_a_role_with_a_page_is_asked(status: int, healthy: bool) -> None:
    server = HTTPServer(("127.0.0.1", 0), type("Here", (Page,), {"status": status}))
    Thread(target=server.serve_forever, daemon=True).start()
    line = f"gunicorn app.factory --bind=0.0.0.0:{server.server_port}"
    try:
        found = healthcheck.problem("api", psutil.Process(), line)
        assert (found is None) is healthy
    finally:
        server.shutdown()
        server.server_close()


class Line:
    """A process that is only its command line."""

    def __init__(self, argv: tuple[str, ...]) -> None:
        self._argv = argv

    def cmdline(self) -> list[str]:
        return list(self._argv)


def test_every_role_s_command_line_is_known(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = Settings()
    made = [
        roles.api(settings, 8000),
        roles.relay(),
        roles.reconciler(),
        roles.worker(settings, "core"),
        roles.beat(tmp_path_factory.mktemp("beat")),
        roles.flower(settings, 5555),
        roles.simulator(8090),
    ]
    assert {role.role for role in made} == set(roles.ROLES) == set(healthcheck.ROLES)
    for role in made:
        found = healthcheck.find([Line(role.argv)])  # type: ignore[list-item]
        assert found is not None
        assert found[0] == role.role
    assert healthcheck._port(" ".join(made[0].argv)) == 8000
    assert healthcheck._port(" ".join(made[5].argv)) == 5555


def test_no_role_no_health() -> None:
    assert healthcheck.find([Line(("sh", "-c", "sleep 1"))]) is None  # type: ignore[list-item]
