"""The data folder's own files: the lock, the state, the secrets."""

import contextlib
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any

from app.errors import ConfigError

STATE, LOCK, KEY, SECRETS = "state.json", "lock", "key", "secrets.json"


class AlreadyRunning(ConfigError):
    code = "already_running"


class FolderLock:
    """Held by the one supervisor of a data folder; the kernel lets go when it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1

    def acquire(self) -> None:
        """Raises AlreadyRunning, naming who holds it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            pid = holder(self._folder) or "unknown"
            raise AlreadyRunning(
                f"a stack is running on {self._folder} already (supervisor pid {pid});"
                " `penstock status` shows it, `penstock down` stops it,"
                " PENSTOCK_DATA_DIR names another folder"
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        os.close(self._descriptor)


def is_locked(folder: Path) -> bool:
    """Whether a supervisor is at work on the folder."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holder(folder: Path) -> int | None:
    """The pid of the supervisor at work on the folder, also before it wrote its state."""
    try:
        text = (folder / LOCK).read_text()
    except FileNotFoundError:
        return None
    return int(text) if text.isdigit() and is_locked(folder) else None


def read_state(folder: Path) -> dict[str, Any] | None:
    """What the supervisor last wrote; None when there is nothing to read."""
    try:
        state: dict[str, Any] = json.loads((folder / STATE).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return state


def write_private(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only."""
    fresh = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)


def kept_secrets(folder: Path) -> dict[str, str]:
    """Passwords of the embedded services, made once for a folder."""
    path = folder / SECRETS
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [n for n in ("app", "system", "flower", "sealing") if n not in kept]
    if missing:
        kept |= {name: secrets.token_hex(16) for name in missing}
        write_private(path, json.dumps(kept))
    return kept


def kill_leftovers(folder: Path) -> list[int]:
    """End processes of a supervisor that died, if they are still the ones it started."""
    killed = []
    for entry in (read_state(folder) or {}).get("processes", []):
        pid, started = entry.get("pid"), entry.get("started_ticks")
        if pid and started and started == start_ticks(pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, 9)
                killed.append(pid)
    return killed


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot: with the pid it names one process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[19])
