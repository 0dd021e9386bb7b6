"""What a stack is made of: its services, then its processes, and the environment they share."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.errors import ConfigError
from app.infra.settings import Settings, load_settings
from app.stack import roles
from app.stack.child import Child, Service
from app.stack.postgres import EmbeddedPostgres
from app.stack.preflight import simulates
from app.stack.process import end, free_port, spawn
from app.stack.roles import Role
from app.stack.state import kept_secrets
from app.stack.valkey import EmbeddedValkey

BOOTSTRAP = 300.0  # seconds for the migrations


class Stopped(Exception):
    """It was asked to stop while it was starting."""


class Assembly:
    """Started once, in this order. `stopping` says whether to leave it at that."""

    def __init__(self, settings: Settings, folder: Path, stopping: Callable[[], bool]) -> None:
        self._settings = settings
        self.folder = folder
        self._stopping = stopping
        self.children: list[Child] = []
        self.services: list[Service] = []
        self.later: list[Role] = []  # for when the others are up
        self.env = dict(os.environ)
        self.urls: dict[str, str] = {}
        self.flower_login = ""  # user:password
        self.providers: list[str] = []

    def start(self) -> None:
        """Raises ConfigError, Stopped."""
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        secrets = kept_secrets(self.folder)
        self.env |= {"PENSTOCK_DATA_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        self.env["PENSTOCK_SUPERVISOR_PID"] = str(os.getpid())
        self.env |= {"PYTHONPATH": _root() + os.pathsep + self.env.get("PYTHONPATH", "")}
        flower = self._settings.flower
        self.flower_login = f"{flower.user}:{flower.password or secrets['flower']}"
        self.env["FLOWER_BASIC_AUTH"] = self.flower_login
        if not self._settings.security.secret_key:
            self.env["PENSTOCK_SECURITY_SECRET_KEY"] = secrets["sealing"]
        self._start_valkey()
        owner_env = self._start_postgres(secrets)
        self._start_simulator()
        self._bootstrap(owner_env)
        settings = load_settings(self.env)
        self.providers = list(settings.providers)
        port = settings.api.port or free_port()
        flower_port = settings.flower.port or free_port()
        base = f"http://{settings.api.host}:{port}"
        self.urls |= {"api": base, "docs": f"{base}/docs"}
        self.urls["flower"] = f"http://127.0.0.1:{flower_port}"
        wanted = [roles.api(settings, port), roles.relay(), roles.reconciler()]
        wanted += roles.workers(settings)
        # Nobody waits for these two, so they do not compete with those that are waited for.
        self.later = [roles.beat(self.folder), roles.flower(settings, flower_port)]
        for role in wanted:
            self.launch(role)

    def launch(self, role: Role) -> None:
        if self._stopping():
            raise Stopped
        child = Child.of(role, self.env, self.folder / "logs")
        self.children.append(child)
        child.begin()

    def _start_valkey(self) -> None:
        if self._settings.redis.url and self._settings.broker.url:
            return
        valkey = EmbeddedValkey(self.folder / "valkey")
        self._keep(Service(role="valkey", name="valkey", server=valkey))
        if not self._settings.redis.url:
            self.env["PENSTOCK_REDIS_URL"] = valkey.url
        if not self._settings.broker.url:
            self.env["PENSTOCK_BROKER_URL"] = valkey.url[:-1] + "1"

    def _start_postgres(self, secrets: dict[str, str]) -> dict[str, str]:
        """What the bootstrap alone may know; everybody else gets the two narrow roles."""
        if self._settings.database.url:
            return {"PENSTOCK_DATABASE_URL": self._settings.database.url}
        server = EmbeddedPostgres(self.folder / "postgres")
        self._keep(Service(role="postgres", name="postgres", server=server))
        self.env["PENSTOCK_DATABASE_APP_URL"] = server.url_for("penstock_app", secrets["app"])
        self.env["PENSTOCK_DATABASE_SYSTEM_URL"] = server.url_for(
            "penstock_system", secrets["system"]
        )
        return {
            "PENSTOCK_DATABASE_URL": server.url,
            "BOOTSTRAP_APP_PASSWORD": secrets["app"],
            "BOOTSTRAP_SYSTEM_PASSWORD": secrets["system"],
        }

    def _start_simulator(self) -> None:
        settings = load_settings(self.env)
        if not simulates(settings):
            return
        port = settings.simulator.port or free_port()
        self.urls["simulator"] = f"http://127.0.0.1:{port}"
        self.env["PENSTOCK_SIMULATOR_URL"] = self.urls["simulator"]
        self.launch(roles.simulator(port))

    def _bootstrap(self, owner_env: dict[str, str]) -> None:
        argv = [sys.executable, "-m", "app.stack.bootstrap", str(self.folder)]
        log = self.folder / "logs" / "bootstrap.log"
        log.unlink(missing_ok=True)
        process = spawn(argv, log=log, env=self.env | owner_env)
        until = time.monotonic() + BOOTSTRAP
        while process.poll() is None and not self._stopping() and time.monotonic() < until:
            time.sleep(0.02)
        if process.returncode == 0:
            return
        end(process, wait=2.0)
        if self._stopping():
            raise Stopped
        last = log.read_text(errors="replace").strip().rpartition("\n")[2]
        raise ConfigError(
            f"the database could not be prepared: {last or 'it took too long'}\n  more in {log}"
        )

    def _keep(self, service: Service) -> None:
        self.services.append(service)
        service.begin()


def _root() -> str:
    return str(Path(__file__).resolve().parents[2])
