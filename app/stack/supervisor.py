"""Starts every process of a stack, restarts what dies, stops all. Runs in the main thread."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from app.errors import ConfigError
from app.infra.settings import Settings
from app.stack.assembly import Assembly, Stopped
from app.stack.child import Say
from app.stack.preflight import check
from app.stack.process import end
from app.stack.state import STATE, FolderLock, kill_leftovers, write_private

PATIENCE = 60.0  # seconds until the API must be ready
CRASHES = 3  # of one process while the stack starts: it will not come up


class Supervisor:
    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings = settings
        self._say = say
        self.folder = settings.data_dir.resolve()
        self._lock = FolderLock(self.folder)
        self._stopping = False
        self.parts = Assembly(settings, self.folder, lambda: self._stopping)
        self._ready = False

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
            self.parts.start()
            self._write_state()
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

    def _await_all(self) -> bool:
        """Whether the API takes jobs and nothing is down. Raises ConfigError when that fails."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not self._stopping:
            self._watch()
            for child in self.parts.children:
                if child.restarts >= CRASHES:
                    raise ConfigError(f"{child.name} does not stay up{_tail(child.log)}")
            if self.api_ready() and all(child.steady for child in self.parts.children):
                for role in self.parts.later:
                    self.parts.launch(role)
                self._ready = True
                self._write_state()
                return True
            time.sleep(0.05)
        if not self._stopping:
            dead = [child.name for child in self.parts.children if not child.alive]
            down = ", ".join(dead) or "the API"
            log = next(child.log for child in self.parts.children if child.role == "api")
            raise ConfigError(f"{down} did not come up in {PATIENCE:g} s{_tail(log)}")
        return False

    def api_ready(self) -> bool:
        """Whether the API says that it can take jobs."""
        try:
            with urllib.request.urlopen(f"{self.parts.urls['api']}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    # Watching
    def _watch(self) -> None:
        changed = [kept.watch(self._say) for kept in (*self.parts.services, *self.parts.children)]
        if any(changed):
            self._write_state()

    def _write_state(self) -> None:
        processes = [kept.told() for kept in (*self.parts.children, *self.parts.services)]
        keys = (
            "DATABASE_APP_URL",
            "DATABASE_SYSTEM_URL",
            "DATABASE_URL",
            "REDIS_URL",
            "BROKER_URL",
            "SIMULATOR_URL",
        )
        env = {
            f"PENSTOCK_{k}": self.parts.env[f"PENSTOCK_{k}"]
            for k in keys
            if f"PENSTOCK_{k}" in self.parts.env
        }
        state = {
            "supervisor_pid": os.getpid(),
            "ready": self._ready,
            "data_dir": str(self.folder),
            "urls": self.parts.urls,
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
        children = [c for c in reversed(self.parts.children) if c.process is not None]
        for child in children:
            if child.alive and child.process is not None:
                child.process.terminate()
        until = time.monotonic() + 15.0
        for child in children:
            assert child.process is not None
            end(child.process, wait=max(0.1, until - time.monotonic()))
        for service in self.parts.services:  # Valkey first, Postgres last
            service.server.stop()
        (self.folder / STATE).unlink(missing_ok=True)
        self._lock.release()


def _tail(log: Path) -> str:
    text = log.read_text(errors="replace")[-1500:] if log.exists() else ""
    return f"; the end of {log.name}:\n{text}" if text else ""
