"""The servers a test session shares."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
import redis

from app.stack.postgres import EmbeddedPostgres
from app.stack.process import end, free_port, spawn, wait_for_port
from app.stack.valkey import EmbeddedValkey
from migrations.runner import migrate

TEMPLATE = "penstock_template"


class Servers:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(folder / "postgres")
        self.valkey = EmbeddedValkey(folder / "valkey")
        self.simulator_port = free_port()
        self._simulator: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def start(self) -> None:
        self.postgres.start()
        self.valkey.start()
        argv = [sys.executable, "-m", "providers.simulator", f"--port={self.simulator_port}"]
        self._simulator = spawn(argv, log=self.folder / "simulator.log")
        self._admin(f"CREATE DATABASE {TEMPLATE}")
        migrate(self.url(TEMPLATE))
        assert wait_for_port(self.simulator_port, self._simulator, 20)

    def stop(self) -> None:
        if self._simulator is not None:
            end(self._simulator)
        self.valkey.stop()
        self.postgres.destroy()

    def url(self, database: str) -> str:
        return self.postgres.url.rpartition("/")[0] + f"/{database}"

    def new_database(self) -> str:
        """A migrated, empty database; its owner's URL."""
        self._databases += 1
        name = f"test_{self._databases}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    def _admin(self, statement: str) -> None:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def flush(self) -> None:
        redis.Redis.from_url(self.valkey.url).flushall()

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    def simulate(self, method: str, path: str, body: Any = None) -> Any:
        """Call the simulator's control endpoint."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.simulator_url + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())
