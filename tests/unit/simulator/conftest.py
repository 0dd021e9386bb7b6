"""A simulator in a process of its own, and its control endpoints."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest


class Running:
    """A simulator that listens."""

    def __init__(self, url: str, pid: int) -> None:
        self.url, self.pid = url, pid

    def send(self, method: str, path: str, value: Any = None) -> tuple[int, Any]:
        """Status and JSON of one request."""
        data = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def fault(self, **fault: Any) -> None:
        """Ask for a fault on every model."""
        assert self.send("PUT", "/control/faults", {"*": fault})[0] == 200

    def calls(self) -> Any:
        return self.send("GET", "/control/calls")[1]


def start(*options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "providers.simulator", "--port", "0", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().split()[-1]


@pytest.fixture(scope="session")
def process() -> Iterator[Running]:
    process = start()
    try:
        yield Running(url_of(process), process.pid)
    finally:
        process.terminate()
        assert process.wait(10) == 0


@pytest.fixture
def simulator(process: Running) -> Running:
    process.send("DELETE", "/control/faults")
    process.send("DELETE", "/control/calls")
    return process
