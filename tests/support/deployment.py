"""Penstock's own processes, started, killed and stopped by a test."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg.rows import dict_row

from app.container import Container
from app.infra.settings import Settings, load_settings
from app.repositories.records import Job
from app.services.job_submission import JobSubmission
from app.services.principals import Principal
from app.stack import roles
from app.stack.process import end, kill_group, spawn
from tests.support.servers import Servers

ROOT = Path(__file__).parents[2]
SCHEMA = {
    "type": "object",
    "properties": {"number": {"type": "string"}, "total": {"type": "number"}},
    "required": ["number", "total"],
}
QUICK = {
    "PENSTOCK_CACHE_TTL_SECONDS": "0",  # tests count calls; those of the cache switch it on
    "PENSTOCK_WORKER_LEASE_SECONDS": "3",
    "PENSTOCK_WORKER_HEARTBEAT_SECONDS": "0.5",
    "PENSTOCK_RECONCILER_INTERVAL_SECONDS": "0.3",
    "PENSTOCK_RECONCILER_REDISPATCH_AFTER_SECONDS": "3",
    "PENSTOCK_RECONCILER_JOIN_GRACE_SECONDS": "1",
    "PENSTOCK_RELAY_LOCK_SECONDS": "2",
    "PENSTOCK_RELAY_POLL_SECONDS": "0.3",
}
GUARD = 90.0  # seconds: a hang guard, not an expectation


class Deployment:
    """A database of its own, an empty broker, and any roles as subprocesses."""

    def __init__(
        self,
        servers: Servers,
        folder: Path,
        broker_url: str | None = None,
        *,
        lease_seconds: float = 3.0,
        concurrency: int = 64,
        core_concurrency: int = 1,
        max_in_flight: int = 0,
    ) -> None:
        self.servers = servers
        self.folder = folder
        self.database_url = servers.new_database()
        servers.flush()
        servers.simulate("DELETE", "/control/faults")
        servers.simulate("DELETE", "/control/calls")
        self.env = {
            **QUICK,
            "PENSTOCK_DATA_DIR": str(folder),
            "PENSTOCK_DATABASE_URL": self.database_url,
            "PENSTOCK_REDIS_URL": servers.valkey.url,
            "PENSTOCK_BROKER_URL": broker_url or servers.valkey.url[:-1] + "1",
            "PENSTOCK_SIMULATOR_URL": servers.simulator_url,
        }
        self.env["PENSTOCK_WORKER_LEASE_SECONDS"] = str(lease_seconds)
        self.env["PENSTOCK_WORKER_CORE_CONCURRENCY"] = str(core_concurrency)
        if lease_seconds > 3.0:
            del self.env["PENSTOCK_RECONCILER_REDISPATCH_AFTER_SECONDS"]
        if concurrency != 64:
            self._write_providers(concurrency, max_in_flight)
        self.settings: Settings = load_settings(self.env)
        self.services = Container(self.settings)
        self.nodes: dict[str, subprocess.Popen[bytes]] = {}
        tenant = self.services.tenants.create(f"test-{uuid.uuid4().hex[:8]}")
        self.tenant_id = tenant.id
        self.principal = Principal(tenant_id=tenant.id, key_id="test", scopes=frozenset({"admin"}))

    def _write_providers(self, concurrency: int, max_in_flight: int) -> None:
        path = self.folder / "penstock.toml"
        path.write_text(
            f'[providers.openai]\nkind = "openai"\nkey = "simulator"\nmodels = ["gpt-5-mini"]\n'
            f'base_url = "{self.servers.simulator_url}/openai/v1"\nconcurrency = {concurrency}\n'
            f"max_in_flight = {max_in_flight}\n"
        )
        self.env["PENSTOCK_CONFIG"] = str(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def configure(self, **settings: str) -> None:
        """Set more variables, for the processes and for the services here."""
        self.env |= settings
        self.services.close()
        self.settings = load_settings(self.env)
        self.services = Container(self.settings)

    def providers(self, tables: str) -> None:
        """Configure with a penstock.toml of these tables."""
        path = self.folder / "penstock.toml"
        path.write_text(tables)
        self.configure(PENSTOCK_CONFIG=str(path))

    # Processes
    def start(self, *names: str, fault: str | None = None, path: Path | None = None) -> None:
        """Start roles: relay, reconciler, beat, api, worker-core, worker-openai ...

        `path`: a folder of more packages.
        """
        for name in names:
            extra = {"PENSTOCK_FAULT": fault} if fault else {}
            paths = os.pathsep.join(map(str, (ROOT, path) if path else (ROOT,)))
            env = {**os.environ, "PYTHONPATH": paths, **self.env, **extra}
            argv = self.argv(name)
            self.nodes[name] = spawn(argv, log=self.folder / f"{name}.log", env=env)

    def start_all(self, fault: str | None = None) -> None:
        self.start("relay", "reconciler", "worker-core", "worker-openai", fault=fault)

    def argv(self, name: str) -> list[str]:
        if name.startswith("worker-"):
            return list(roles.worker(self.settings, name.removeprefix("worker-")).argv)
        if name.startswith("beat"):
            return list(roles.beat(self.folder).argv)
        if name == "api":
            return list(roles.api(self.settings, self.settings.api.port).argv)
        return [sys.executable, "-m", f"tasks.{name}"]

    def alive(self, name: str) -> bool:
        return self.nodes[name].poll() is None

    def pid(self, name: str) -> int:
        return self.nodes[name].pid

    def kill(self, name: str) -> None:
        """SIGKILL the role's process and its children."""
        kill_group(self.nodes[name])

    def freeze(self, name: str) -> None:
        os.killpg(self.nodes[name].pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        os.killpg(self.nodes[name].pid, signal.SIGCONT)

    def revive_dead(self) -> None:
        """What the supervisor does: start again what ended."""
        for name in [n for n in self.nodes if not self.alive(n)]:
            kill_group(self.nodes[name])
            self.start(name)

    def stop(self) -> None:
        for process in self.nodes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.nodes.values():
            end(process, wait=10)
        self.services.close()

    def logs(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # Jobs
    def submit(self, key: str, **more: Any) -> Job:
        """One extraction whose provider calls the simulator counts under `key`."""
        given = {"prompt": "Extract.", "schema": SCHEMA, "model": "openai/gpt-5-mini"}
        given |= {"document": f"[call-key:{key}]\nNumber: {key}\nTotal: 7"}
        given |= more.pop("input", {})
        return self._submit(JobSubmission(pipeline="extract", input=given, **more))

    def submit_batch(self, key: str, count: int, **more: Any) -> Job:
        """A batch; item n's calls are counted under `key-n`."""
        given = {"prompt": "Extract.", "schema": SCHEMA, "model": "openai/gpt-5-mini"}
        items = [
            {"id": f"{key}-{n}", "document": f"[call-key:{key}-{n}]\nNumber: {n}\nTotal: {n}"}
            for n in range(count)
        ]
        return self._submit(JobSubmission(pipeline="extract", input=given, items=items, **more))

    def _submit(self, submission: JobSubmission) -> Job:
        done = self.services.submissions.submit(self.principal, submission, render=lambda job: "")
        return done.job

    def wait(self, *jobs: Job, seconds: float = GUARD) -> list[Job]:
        """The jobs once all have ended, reviving dead processes meanwhile."""
        until = time.monotonic() + seconds
        while True:
            found = self._read(jobs)
            if found and all(job.ended for job in found):
                return found
            if time.monotonic() > until:
                states = {job.id: job.status for job in found}
                raise AssertionError(f"not ended in {seconds} s: {states}\n{self.tails()}")
            self.revive_dead()
            time.sleep(0.1)

    def _read(self, jobs: Sequence[Job]) -> list[Job]:
        try:
            return [self.services.jobs.get(self.principal, job.id).job for job in jobs]
        except psycopg.OperationalError:  # Postgres was away: a pooled connection is dead
            return []

    def tails(self) -> str:
        return "\n".join(f"--- {n}\n{self.logs(n)[-1500:]}" for n in self.nodes)

    def until(self, condition: Callable[[], bool], seconds: float = GUARD) -> None:
        end_at = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end_at, f"did not happen in {seconds} s\n{self.tails()}"
            time.sleep(0.05)

    def rows(self, text: str, *params: Any) -> list[dict[str, Any]]:
        """Rows as the owner (a superuser here) sees them."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return connection.execute(text.encode(), params).fetchall()

    def calls(self) -> dict[str, dict[str, int]]:
        """The simulator's counts by call key."""
        found: dict[str, dict[str, int]] = self.servers.simulate("GET", "/control/calls")["by_key"]
        return found
