"""Starts every process of a stack, restarts what dies, stops all. Runs in the main thread."""

import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from app.errors import ConfigError
from app.infra.settings import Settings, load_settings
from app.stack import roles
from app.stack.child import Child, Say, Service
from app.stack.postgres import EmbeddedPostgres
from app.stack.preflight import check, simulates
from app.stack.process import end, free_port, spawn
from app.stack.roles import Role
from app.stack.state import (
    STATE,
    FolderLock,
    kept_secrets,
    kill_leftovers,
    write_private,
)
from app.stack.valkey import EmbeddedValkey

PATIENCE = 60.0  # seconds until the API must be ready
BOOTSTRAP = 300.0  # seconds for the migrations
CRASHES = 3  # of one process while the stack starts: it will not come up


class Stopped(Exception):
    """It was asked to stop while it was starting."""


class Supervisor:
    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings = settings
        self._say = say
        self.folder = settings.data_dir.resolve()
        self._lock = FolderLock(self.folder)
        self._children: list[Child] = []
        self._services: list[Service] = []
        self._env = dict(os.environ)
        self.urls: dict[str, str] = {}
        self.flower_login = ""  # user:password
        self.providers: list[str] = []
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
            check(self._settings)
            self._say("starting ...")
            self._start()
            if self._await_all():
                ready(self)
            while not self._stopping:
                self._watch()
                time.sleep(0.25)
        except Stopped:
            pass
        finally:
            self._stop()

    def _ask_to_stop(self, *_: object) -> None:
        self._stopping = True

    # Starting
    def _start(self) -> None:
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        secrets = kept_secrets(self.folder)
        self._env |= {"PENSTOCK_DATA_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        self._env["PENSTOCK_SUPERVISOR_PID"] = str(os.getpid())
        self._env |= {"PYTHONPATH": _root() + os.pathsep + self._env.get("PYTHONPATH", "")}
        flower = self._settings.flower
        self.flower_login = f"{flower.user}:{flower.password or secrets['flower']}"
        self._env["FLOWER_BASIC_AUTH"] = self.flower_login
        if not self._settings.security.secret_key:
            self._env["PENSTOCK_SECURITY_SECRET_KEY"] = secrets["sealing"]
        self._start_valkey()
        owner_env = self._start_postgres(secrets)
        self._start_simulator()
        self._bootstrap(owner_env)
        settings = load_settings(self._env)
        self.providers = list(settings.providers)
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
            self._launch(role)
        self._write_state()

    def _start_valkey(self) -> None:
        if self._settings.redis.url and self._settings.broker.url:
            return
        valkey = EmbeddedValkey(self.folder / "valkey")
        self._keep(Service(role="valkey", name="valkey", server=valkey))
        if not self._settings.redis.url:
            self._env["PENSTOCK_REDIS_URL"] = valkey.url
        if not self._settings.broker.url:
            self._env["PENSTOCK_BROKER_URL"] = valkey.url[:-1] + "1"

    def _start_postgres(self, secrets: dict[str, str]) -> dict[str, str]:
        """What the bootstrap alone may know; everybody else gets the two narrow roles."""
        if self._settings.database.url:
            return {"PENSTOCK_DATABASE_URL": self._settings.database.url}
        server = EmbeddedPostgres(self.folder / "postgres")
        self._keep(Service(role="postgres", name="postgres", server=server))
        self._env["PENSTOCK_DATABASE_APP_URL"] = server.url_for("penstock_app", secrets["app"])
        self._env["PENSTOCK_DATABASE_SYSTEM_URL"] = server.url_for(
            "penstock_system", secrets["system"]
        )
        return {
            "PENSTOCK_DATABASE_URL": server.url,
            "BOOTSTRAP_APP_PASSWORD": secrets["app"],
            "BOOTSTRAP_SYSTEM_PASSWORD": secrets["system"],
        }

    def _start_simulator(self) -> None:
        settings = load_settings(self._env)
        if not simulates(settings):
            return
        port = settings.simulator.port or free_port()
        self.urls["simulator"] = f"http://127.0.0.1:{port}"
        self._env["PENSTOCK_SIMULATOR_URL"] = self.urls["simulator"]
        self._launch(roles.simulator(port))

    def _bootstrap(self, owner_env: dict[str, str]) -> None:
        argv = [sys.executable, "-m", "app.stack.bootstrap", str(self.folder)]
        log = self.folder / "logs" / "bootstrap.log"
        log.unlink(missing_ok=True)
        process = spawn(argv, log=log, env=self._env | owner_env)
        until = time.monotonic() + BOOTSTRAP
        while process.poll() is None and not self._stopping and time.monotonic() < until:
            time.sleep(0.02)
        if process.returncode == 0:
            return
        end(process, wait=2.0)
        if self._stopping:
            raise Stopped
        last = log.read_text(errors="replace").strip().rpartition("\n")[2]
        raise ConfigError(
            f"the database could not be prepared: {last or 'it took too long'}\n  more in {log}"
        )

    def _launch(self, role: Role) -> None:
        if self._stopping:
            raise Stopped
        child = Child.of(role, self._env, self.folder / "logs")
        self._children.append(child)
        child.begin()

    def _keep(self, service: Service) -> None:
        self._services.append(service)
        service.begin()

    def _await_all(self) -> bool:
        """Whether the API takes jobs and nothing is down. Raises ConfigError when that fails."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not self._stopping:
            self._watch()
            for child in self._children:
                if child.restarts >= CRASHES:
                    raise ConfigError(f"{child.name} does not stay up{_tail(child.log)}")
            if self.api_ready() and all(child.steady for child in self._children):
                for role in self._later:
                    self._launch(role)
                self._ready = True
                self._write_state()
                return True
            time.sleep(0.05)
        if not self._stopping:
            down = ", ".join(child.name for child in self._children if not child.alive) or "the API"
            log = next(child.log for child in self._children if child.role == "api")
            raise ConfigError(f"{down} did not come up in {PATIENCE:g} s{_tail(log)}")
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
        changed = [kept.watch(self._say) for kept in (*self._services, *self._children)]
        if any(changed):
            self._write_state()

    def _write_state(self) -> None:
        processes = [kept.told() for kept in (*self._children, *self._services)]
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
        try:
            write_private(self.folder / STATE, json.dumps(state, indent=1))
        except OSError as error:  # a full disk does not end what runs
            if not self._ready:
                raise
            self._say(f"{STATE} cannot be written: {error.strerror}")

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
        for service in self._services:  # Valkey first, Postgres last
            service.server.stop()
        (self.folder / STATE).unlink(missing_ok=True)
        self._lock.release()


def _tail(log: Path) -> str:
    text = log.read_text(errors="replace")[-1500:] if log.exists() else ""
    return f"; the end of {log.name}:\n{text}" if text else ""


def _root() -> str:
    return str(Path(__file__).resolve().parents[2])
