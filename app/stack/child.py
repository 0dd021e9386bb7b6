"""One thing that a supervisor keeps alive: a role's process, or an embedded server."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from app.errors import ConfigError
from app.stack.process import kill_group, spawn
from app.stack.roles import Role
from app.stack.state import start_ticks

Say = Callable[[str], None]
BACKOFF, MAX_BACKOFF, CALM = 0.5, 10.0, 30.0  # seconds; after CALM alive the backoff starts over
STEADY = 3.0  # seconds
LARGEST_LOG = 20_000_000  # bytes


class Server(Protocol):
    """An embedded server."""

    port: int
    process: subprocess.Popen[bytes] | None

    def start(self, *, port: int | None = None) -> str: ...

    def stop(self) -> None: ...

    def kill(self) -> None: ...


@dataclass
class Kept:
    """How something that is kept alive has fared."""

    role: str
    name: str
    restarts: int = 0
    began: float = 0.0  # monotonic
    started_at: datetime | None = None
    due: float | None = None  # when to start it again
    backoff: float = BACKOFF

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        raise NotImplementedError

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def steady(self) -> bool:
        """Whether it is up, and has stayed up for a while if it has died before."""
        return self.alive and (not self.restarts or time.monotonic() - self.began > STEADY)

    def start(self) -> None:
        """Start it, or start it again. Raises ConfigError."""
        raise NotImplementedError

    def clear(self) -> None:
        """Take away what is left of a dead one."""
        raise NotImplementedError

    def watch(self, say: Say) -> bool:
        """Start it again when it died, after a pause that grows; whether anything changed."""
        now = time.monotonic()
        if self.alive:
            if now - self.began > CALM:
                self.backoff = BACKOFF
            return False
        if self.due is None:
            code = self.process.returncode if self.process else None
            self._put_off(now)
            say(
                f"{self.name} ended with {ending(code)}; starting it again in"
                f" {self.due_in(now):g} s (restart {self.restarts + 1})"
            )
            self.clear()
            return True
        if now < self.due:
            return False
        self.restarts += 1
        try:
            self.begin()
        except (ConfigError, OSError) as error:
            self._put_off(time.monotonic())
            say(f"{self.name} did not start; trying again: {str(error)[-300:]}")
        return True

    def begin(self) -> None:
        """`start`, noting when. Raises ConfigError."""
        self.start()
        self.began, self.due = time.monotonic(), None
        self.started_at = datetime.now(UTC)

    def due_in(self, now: float) -> float:
        return 0.0 if self.due is None else round(self.due - now, 1)

    def _put_off(self, now: float) -> None:
        self.due = now + self.backoff
        self.backoff = min(MAX_BACKOFF, self.backoff * 2)

    def told(self) -> dict[str, Any]:
        """Its entry in state.json."""
        pid = self.process.pid if self.process and self.alive else None
        return {
            "role": self.role,
            "name": self.name,
            "pid": pid,
            "started_ticks": start_ticks(pid) if pid else None,
            "started_at": self.started_at.isoformat(timespec="seconds") if self.started_at else "",
            "health": "running" if pid else "restarting",
            "restarts": self.restarts,
        }


@dataclass
class Child(Kept):
    """A role's process."""

    argv: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    log: Path = Path()
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def of(cls, role: Role, env: dict[str, str], logs: Path) -> "Child":
        log = logs / f"{role.name}.log"
        return cls(role=role.role, name=role.name, argv=role.argv, env=env, log=log)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self._process

    def start(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        # Flower holds nothing, and without its broker it may never come to its end.
        last = signal.SIGKILL if self.role == "flower" else signal.SIGTERM
        self._process = spawn(self.argv, log=self.log, env=self.env, death_signal=last)

    def clear(self) -> None:
        if self._process is not None:
            kill_group(self._process)
        self._process = None


@dataclass
class Service(Kept):
    """Postgres or Valkey; comes back on the port that everybody knows."""

    server: Server = field(kw_only=True)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self.server.process

    def start(self) -> None:
        self.server.start(port=self.server.port or None)

    def clear(self) -> None:
        self.server.kill()


def ending(code: int | None) -> str:
    """`signal SIGKILL`, `exit 1`."""
    return (
        f"signal {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit {code}"
    )
