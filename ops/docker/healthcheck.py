"""The container's health: finds the role that runs here and asks what that role can answer.

A role with an HTTP face is asked for its health page; one without must be running and hold an
open connection to the service that it works from. Exit 0: healthy; 1: not, with the reason.
"""

import os
import re
import sys
import urllib.request
from collections.abc import Iterable
from urllib.parse import urlsplit

import psutil

# role: a pattern of its command line, its health page, the variable that names its service
ROLES = {
    "api": (r"gunicorn app\.factory", "/ready", None),
    "flower": (r"tasks\.celery_role flower\b", "/healthcheck", None),
    "simulator": (r"providers\.simulator", "/health", None),
    "relay": (r"tasks\.relay", None, "PENSTOCK_DATABASE_SYSTEM_URL"),
    "reconciler": (r"tasks\.reconciler", None, "PENSTOCK_DATABASE_SYSTEM_URL"),
    "worker": (r"tasks\.celery_role worker\b", None, "PENSTOCK_BROKER_URL"),
    "beat": (r"tasks\.celery_role beat\b", None, None),
}
PORTS = {"postgresql": 5432, "amqp": 5672, "amqps": 5671, "redis": 6379}
TIMEOUT = 5.0  # seconds, of one page
STOPPED = (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def find(processes: Iterable[psutil.Process]) -> tuple[str, psutil.Process, str] | None:
    """The first process of a role: (role, process, command line)."""
    for process in processes:
        try:
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue
        for role, (pattern, _, _) in ROLES.items():
            if re.search(pattern, line):
                return role, process, line
    return None


def problem(role: str, process: psutil.Process, line: str) -> str | None:
    """What is wrong with a role's process, or None."""
    _, page, variable = ROLES[role]
    if process.status() in STOPPED:
        return f"{role} is {process.status()}"
    if page:
        return _ask(f"http://127.0.0.1:{_port(line)}{page}")
    if variable and not _connected(process, os.environ.get(variable, "")):
        return f"{role} holds no connection to the service of {variable}"
    return None


def _port(line: str) -> int:
    found = re.search(r"--(?:bind=\S*:|port[= ])(\d+)", line)
    return int(found[1]) if found else 8000


def _ask(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            return None if answer.status == 200 else f"{url} answered {answer.status}"
    except OSError as error:
        return f"{url}: {error}"


def _connected(process: psutil.Process, url: str) -> bool:
    parts = urlsplit(url)
    wanted = parts.port or PORTS.get(parts.scheme, 0)
    return any(
        connection.status == psutil.CONN_ESTABLISHED and connection.raddr.port == wanted
        for connection in process.net_connections("tcp")
    )


def main() -> int:
    found = find(psutil.process_iter())
    reason = problem(*found) if found else "no process of a known role runs here"
    if reason:
        print(reason, file=sys.stderr)
    return 1 if reason else 0


if __name__ == "__main__":
    raise SystemExit(main())
