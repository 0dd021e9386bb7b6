"""Postgres refuses to run as root: an unprivileged user, and a folder that it can reach."""

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

ELSEWHERE = Path("/var/tmp")
CANDIDATES = ("penstock", "postgres", "nobody")


@dataclass(frozen=True)
class SystemUser:
    uid: int
    gid: int


def service_user() -> SystemUser | None:
    """Who services run as: None when we are not root, and stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemUser(entry.pw_uid, entry.pw_gid)
    return SystemUser(65534, 65534)


def reachable(path: Path) -> bool:
    """Whether anyone may walk down to `path`."""
    return all(
        folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists()
    )


def elsewhere(folder: Path) -> Path:
    """Where a folder goes that its user cannot reach."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return ELSEWHERE / f"penstock-{digest}" / folder.name


def service_folder(folder: Path, user: SystemUser | None) -> Path:
    """`folder`, owned by the user; elsewhere when it lies under a closed home."""
    folder = folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    if user is not None and not reachable(folder.parent):
        folder = elsewhere(folder)
        folder.parent.mkdir(mode=0o711, exist_ok=True)
        if folder.parent.stat().st_uid != os.geteuid():
            raise PermissionError(f"{folder.parent} belongs to somebody else")
    folder.mkdir(mode=0o700, exist_ok=True)
    if user is not None:
        os.chown(folder, user.uid, user.gid)
    return folder


def reachable_copy(binaries: Path, beside: Path, user: SystemUser | None) -> Path:
    """The binaries' folder, or a copy of it next to the data when the user cannot reach it."""
    if user is None or reachable(binaries):
        return binaries
    mark = f"{binaries.stat().st_mtime_ns:x}"[-10:]
    copy = beside.parent / f"{binaries.name}-{mark}"
    if not copy.exists():
        partial = copy.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(binaries, partial, symlinks=True)
        partial.rename(copy)
    return copy
