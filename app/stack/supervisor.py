"""Starts every process of a stack, restarts what dies, stops all. Runs in the main thread."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import ConfigError
from app.infra.settings import Settings, load_settings
from app.stack import roles
from app.stack.postgres import EmbeddedPostgres
from app.stack.process import end, free_port, kill_group, spawn
from app.stack.roles import Role
from app.stack.state import (
    STATE,
    FolderLock,
    kept_secrets,
    kill_leftovers,
    start_ticks,
    write_private,
)
from app.stack.valkey import EmbeddedValkey

Say = Callable[[str], None]
BACKOFF, MAX_BACKOFF, CALM = 0.5, 10.0, 30.0  # seconds; after CALM alive the backoff starts over


@dataclass
class Child:
    """A role's process, and how it has fared."""

    role: Role
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    started: float = 0.0
    due: float = 0.0  # when to start it again
    backoff: float = BACKOFF
    env: dict[str, str] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings = settings
        self._say = say
        self.folder = settings.data_dir.resolve()
        self._lock = FolderLock(self.folder)
        self._children: list[Child] = []
        self._postgres: EmbeddedPostgres | None = None
        self._valkey: EmbeddedValkey | None = None
        self._env = dict(os.environ)
        self.urls: dict[str, str] = {}
        self._stopping = False
        self._ready = False
        self._later: list[Role] = []

    def run(self, ready: Callable[["Supervisor"], None]) -> None:
        """Start, call `ready` once the API answers, watch until SIGTERM or SIGINT, stop.

        Raises AlreadyRunning, ConfigError.
        """
        self._lock.acquire()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        try:
            kill_leftovers(self.folder)
            self._start()
            if self._await_api():
                ready(self)
            while not self._stopping:
                self._watch()
                time.sleep(0.25)
        finally:
            self._stop()

    def _ask_to_stop(self, *_: object) -> None:
        self._stopping = True

    # Starting
    def _start(self) -> None:
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        secrets = kept_secrets(self.folder)
        self._env |= {"PENSTOCK_DATA_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        self._env |= {"PYTHONPATH": _root() + os.pathsep + self._env.get("PYTHONPATH", "")}
        self._env["FLOWER_BASIC_AUTH"] = (
            f"{self._settings.flower.user}:{self._settings.flower.password or secrets['flower']}"
        )
        if not self._settings.security.secret_key:
            self._env["PENSTOCK_SECURITY_SECRET_KEY"] = secrets["sealing"]
        self._start_valkey()
        owner_env = self._start_postgres(secrets)
        self._start_simulator()
        self._bootstrap(owner_env)
        settings = load_settings(self._env)
        port = settings.api.port or free_port()
        flower_port = settings.flower.port or free_port()
        base = f"http://{settings.api.host}:{port}"
        self.urls |= {"api": base, "docs": f"{base}/docs"}
        self.urls["flower"] = f"http://127.0.0.1:{flower_port}"
        wanted = [roles.api(settings, port), roles.relay(), roles.reconciler()]
        wanted += roles.workers(settings)
        # Nobody waits for these two, so they do not compete with those that are waited for.
        self._later = [roles.beat(self.folder), roles.flower(settings, flower_port)]
        for role in wanted:
            self._launch(Child(role=role, env=self._env))
        self._write_state()

    def _start_valkey(self) -> None:
        if self._settings.redis.url and self._settings.broker.url:
            return
        self._valkey = EmbeddedValkey(self.folder / "valkey")
        url = self._valkey.start()
        if not self._settings.redis.url:
            self._env["PENSTOCK_REDIS_URL"] = url
        if not self._settings.broker.url:
            self._env["PENSTOCK_BROKER_URL"] = url[:-1] + "1"

    def _start_postgres(self, secrets: dict[str, str]) -> dict[str, str]:
        """What the bootstrap alone may know; everybody else gets the two narrow roles."""
        if self._settings.database.url:
            return {"PENSTOCK_DATABASE_URL": self._settings.database.url}
        self._postgres = server = EmbeddedPostgres(self.folder / "postgres")
        url = server.start()
        self._env["PENSTOCK_DATABASE_APP_URL"] = server.url_for("penstock_app", secrets["app"])
        self._env["PENSTOCK_DATABASE_SYSTEM_URL"] = server.url_for(
            "penstock_system", secrets["system"]
        )
        return {
            "PENSTOCK_DATABASE_URL": url,
            "BOOTSTRAP_APP_PASSWORD": secrets["app"],
            "BOOTSTRAP_SYSTEM_PASSWORD": secrets["system"],
        }

    def _start_simulator(self) -> None:
        settings = load_settings(self._env)
        if settings.simulator.url or settings.simulator.mode == "off":
            return
        if settings.providers and settings.simulator.mode == "auto":
            return
        port = settings.simulator.port or free_port()
        self.urls["simulator"] = f"http://127.0.0.1:{port}"
        self._env["PENSTOCK_SIMULATOR_URL"] = self.urls["simulator"]
        self._launch(Child(role=roles.simulator(port), env=self._env))

    def _bootstrap(self, owner_env: dict[str, str]) -> None:
        argv = [sys.executable, "-m", "app.stack.bootstrap", str(self.folder)]
        done = subprocess.run(
            argv, env=self._env | owner_env, capture_output=True, text=True, timeout=300
        )
        if done.returncode != 0:
            raise ConfigError(f"the database could not be prepared:\n{done.stderr[-2000:]}")

    def _launch(self, child: Child) -> None:
        log = self.folder / "logs" / f"{child.role.name}.log"
        if log.exists() and log.stat().st_size > 20_000_000:
            log.replace(log.with_suffix(".log.1"))
        child.process = spawn(child.role.argv, log=log, env=child.env)
        child.started = time.monotonic()
        if child not in self._children:
            self._children.append(child)

    def _await_api(self, seconds: float = 60.0) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stopping:
            self._watch()
            if self.api_ready():
                for role in self._later:
                    self._launch(Child(role=role, env=self._env))
                self._ready = True
                self._write_state()
                return True
            time.sleep(0.05)
        if not self._stopping:
            raise ConfigError("the API did not come up; `penstock logs api` tells why")
        return False

    def api_ready(self) -> bool:
        """Whether the API says that it can take jobs."""
        try:
            with urllib.request.urlopen(f"{self.urls['api']}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    # Watching
    def _watch(self) -> None:
        changed = False
        now = time.monotonic()
        for child in self._children:
            if child.alive:
                if now - child.started > CALM:
                    child.backoff = BACKOFF
                continue
            changed = self._revive(child, now) or changed
        changed = self._revive_services() or changed
        if changed:
            self._write_state()

    def _revive(self, child: Child, now: float) -> bool:
        if child.process is not None:
            code = child.process.returncode
            kill_group(child.process)
            child.process, child.due = None, now + child.backoff
            self._say(
                f"{child.role.name} ended with {_code(code)}; starting it again in"
                f" {child.backoff:g} s (restart {child.restarts + 1})"
            )
            child.backoff = min(MAX_BACKOFF, child.backoff * 2)
            return True
        if now < child.due:
            return False
        child.restarts += 1
        self._launch(child)
        return True

    def _revive_services(self) -> bool:
        for name, server in (("postgres", self._postgres), ("valkey", self._valkey)):
            if server is None or server.process is None or server.process.poll() is None:
                continue
            self._say(f"{name} ended with {_code(server.process.returncode)}; starting it again")
            port = server.port
            server.kill()
            server.start(port=port)
            return True
        return False

    def _write_state(self) -> None:
        processes = [
            {
                "role": child.role.role,
                "name": child.role.name,
                "pid": child.process.pid if child.process else None,
                "started_ticks": start_ticks(child.process.pid) if child.process else None,
                "restarts": child.restarts,
            }
            for child in self._children
        ]
        for name, server in (("postgres", self._postgres), ("valkey", self._valkey)):
            if server is not None and server.pid is not None:
                pid, ticks = server.pid, start_ticks(server.pid)
                processes.append(
                    {"role": name, "name": name, "pid": pid, "started_ticks": ticks, "restarts": 0}
                )
        keys = (
            "DATABASE_APP_URL",
            "DATABASE_SYSTEM_URL",
            "DATABASE_URL",
            "REDIS_URL",
            "BROKER_URL",
            "SIMULATOR_URL",
        )
        env = {
            f"PENSTOCK_{k}": self._env[f"PENSTOCK_{k}"]
            for k in keys
            if f"PENSTOCK_{k}" in self._env
        }
        state = {
            "supervisor_pid": os.getpid(),
            "ready": self._ready,
            "data_dir": str(self.folder),
            "urls": self.urls,
            "environment": env,
            "processes": processes,
        }
        write_private(self.folder / STATE, json.dumps(state, indent=1))

    # Stopping
    def _stop(self) -> None:
        children = [c for c in reversed(self._children) if c.process is not None]
        for child in children:
            if child.alive and child.process is not None:
                child.process.terminate()
        until = time.monotonic() + 15.0
        for child in children:
            assert child.process is not None
            end(child.process, wait=max(0.1, until - time.monotonic()))
        for server in (self._valkey, self._postgres):
            if server is not None:
                server.stop()
        (self.folder / STATE).unlink(missing_ok=True)
        self._lock.release()


def _code(code: int | None) -> str:
    return (
        f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit {code}"
    )


def _root() -> str:
    return str(Path(__file__).resolve().parents[2])
